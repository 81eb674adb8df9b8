// What the archive costs on SQLite and on a PostgreSQL server that it starts: storing a first sync,
// and searching it. The mail is made up, with the frequencies of words that language has (Zipf).
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>

#include "base/log.h"
#include "sql/postgres/postgres.h"
#include "sql/testing/postgres_server.h"
#include "store/sql/dialect.h"
#include "store/sql/sql_store.h"
#include "store/testing/test_store.h"

namespace gmail_mcp {
namespace {

constexpr int words = 40'000;
constexpr int words_a_message = 110;
constexpr std::size_t messages_a_step = 200;

class Language {
 public:
  std::string word(std::mt19937& random) {
    const double u = std::uniform_real_distribution<double>{0, 1}(random);
    const auto rank = static_cast<int>(std::pow(static_cast<double>(words), u)) - 1;
    return name(rank);
  }
  static std::string name(int rank) {
    std::string text;
    for (int n = rank + 30; n > 0; n /= 20) {
      text += "bcdfghjklmnprstvwxyz"[n % 20];
      text += "aeiou"[n % 5];
    }
    return text;
  }
};

enum class Engine { sqlite, postgres };

std::string place() {
  const auto* given = std::getenv("GMAIL_MCP_BENCH_PLACE");
  return given != nullptr ? given : "archive_bench.db";
}

std::unique_ptr<store::Store> open_sqlite_store(const Clock& clock, Log& log) {
  const auto path = place();
  for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
  return store::testing::TestStore{clock, log, {.path = path}}.take();
}

sql::testing::PostgresServer& server() { return sql::testing::PostgresServer::of_this_process(); }

// An empty database, on SQLite a file.
struct Opened {
  explicit Opened(Engine engine) {
    if (engine == Engine::sqlite) {
      store = open_sqlite_store(clock, *log);
      return;
    }
    sql::PostgresOptions options;
    options.url = url = server().new_database();
    store = store::open_sql_store(sql::open_postgres(std::move(options), *log), clock, *log,
                                  store::postgres_dialect());
    run_to_end(loop, store->migrate());
  }

  model::ConnectionId connect(const std::string& name) {
    const auto user =
        run_to_end(loop, store->users().get_or_create(everybody, model::ExternalUserId{name}));
    store::NewCredential credential;
    credential.user_id = user.id;
    credential.gmail_address = name + "@gmail.com";
    const auto id = run_to_end(loop, store->connections().save(everybody, credential)).id;
    run_to_end(loop, store->archive().begin(everybody, id));
    return id;
  }

  std::string url;  // of PostgreSQL
  boost::asio::io_context loop;
  SystemClock clock;
  std::unique_ptr<Log> log = Log::silent();
  std::unique_ptr<store::Store> store;
  model::Access everybody = model::Access::system("bench");
};

std::vector<store::NewArchived> make_mail(std::size_t count) {
  std::mt19937 random{1};
  Language language;
  std::vector<store::NewArchived> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& made = all[i];
    auto& message = made.archived.message;
    message.id = model::MessageId{std::to_string(1'000'000'000 + i)};
    message.thread_id = model::ThreadId{std::to_string(random() % (count / 3 + 1))};
    // Newest first, as a first walk brings it.
    message.date = Timestamp{std::chrono::seconds{1'700'000'000}} - std::chrono::seconds{i * 97};
    for (int n = 0; n < 6; ++n) message.subject += language.word(random) + " ";
    for (int n = 0; n < words_a_message; ++n) message.body_plain += language.word(random) + " ";
    message.snippet = message.body_plain.substr(0, 100);
    message.labels = {"INBOX", "CATEGORY_UPDATES"};
    const auto email = "p" + std::to_string(random() % 500) + "@example.com";
    message.from = {.name = "Some Body", .email = email};
    message.to = {{.name = "Me", .email = "me@gmail.com"}};
    message.message_id_header = "<" + std::to_string(i) + "@example.com>";
    made.correspondents = {message.from};
  }
  return all;
}

void store_all(Opened& opened, const model::ConnectionId& id,
               const std::vector<store::NewArchived>& mail) {
  auto& archive = opened.store->archive();
  for (std::size_t at = 0; at < mail.size(); at += messages_a_step) {
    const auto seen = run_to_end(opened.loop, archive.state(opened.everybody, id)).value();
    store::ArchiveStep step;
    const auto end = std::min(at + messages_a_step, mail.size());
    step.added.assign(mail.begin() + static_cast<std::ptrdiff_t>(at),
                      mail.begin() + static_cast<std::ptrdiff_t>(end));
    step.cursor = std::to_string(end);
    step.ends = end == mail.size();
    run_to_end(opened.loop, archive.commit(opened.everybody, id, seen, std::move(step)));
  }
}

void store_messages(benchmark::State& state, Engine engine) {
  const auto mail = make_mail(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    Opened opened{engine};
    const auto id = opened.connect("ann");
    state.ResumeTiming();
    store_all(opened, id, mail);
  }
  state.counters["messages_per_second"] =
      benchmark::Counter(static_cast<double>(state.range(0)), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(store_messages, sqlite, Engine::sqlite)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->UseRealTime();
BENCHMARK_CAPTURE(store_messages, postgres, Engine::postgres)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->UseRealTime();

// One archive of 100,000 messages, and a second account of the same words beside it.
std::unique_ptr<Opened> fill(Engine engine) {
  auto made = std::make_unique<Opened>(engine);
  const auto mail = make_mail(100'000);
  store_all(*made, made->connect("other"), {mail.begin(), mail.begin() + 20'000});
  store_all(*made, made->connect("ann"), mail);
  if (engine == Engine::postgres) {
    const auto name = made->url.substr(made->url.rfind('/') + 1);
    server().ask(name, "VACUUM ANALYZE");
    for (const auto& line : server().ask(
             name,
             "SELECT relname || ': table ' || pg_relation_size(oid) || ', beside it ' || "
             "pg_table_size(oid) - pg_relation_size(oid) || ', indexes ' || pg_indexes_size(oid) "
             "FROM pg_class WHERE relkind = 'r' AND relname LIKE 'archive%' "
             "UNION ALL SELECT 'idx_archive_words: ' || pg_relation_size('idx_archive_words') "
             "UNION ALL SELECT 'all: ' || pg_database_size(current_database())")) {
      std::fprintf(stderr, "# postgres, 120,000 messages, bytes of %s\n", line.c_str());
    }
  }
  return made;
}

Opened& filled(Engine engine) {
  if (engine == Engine::sqlite) {
    static const auto sqlite = fill(Engine::sqlite);
    return *sqlite;
  }
  static const auto postgres = fill(Engine::postgres);
  return *postgres;
}

void search_messages(benchmark::State& state, Engine engine, const std::string& kind) {
  auto& opened = filled(engine);
  const auto id = opened.connect("ann");
  std::mt19937 random{2};
  const auto word = [&](int from, int to) {
    return Language::name(std::uniform_int_distribution<int>{from, to}(random));
  };
  std::vector<double> times;
  for (auto _ : state) {
    std::string text;
    if (kind == "common") text = word(0, 20);
    if (kind == "middling") text = "\"" + word(100, 5'000) + "\"";
    if (kind == "rare") text = word(5'000, words - 1);
    if (kind == "absent") text = word(0, 50) + "qqq" + word(0, 50);
    if (kind == "subject") text = "subject:" + word(0, 200);
    if (kind == "two_common") text = word(0, 50) + " " + word(0, 50);
    if (kind == "mixed") text = word(0, 50) + " " + word(5'000, words - 1);
    if (kind == "phrase") text = "\"" + word(0, 30) + " " + word(0, 30) + "\"";
    if (kind == "beginning") text = word(100, 5'000).substr(0, 2) + "*";
    if (kind == "without") text = word(0, 50) + " -" + word(0, 50);
    const auto query = store::parse_search(text).value();
    const auto before = std::chrono::steady_clock::now();
    auto page = run_to_end(opened.loop,
                           opened.store->archive().search(opened.everybody, id, query, 20, ""));
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - before)
            .count());
    benchmark::DoNotOptimize(page);
  }
  std::sort(times.begin(), times.end());
  state.counters["p50_ms"] = times[times.size() / 2];
  state.counters["p95_ms"] = times[times.size() * 95 / 100];
}
#define GMAIL_MCP_SEARCHES(kind)                                               \
  BENCHMARK_CAPTURE(search_messages, kind##_sqlite, Engine::sqlite, #kind)     \
      ->Iterations(300)                                                        \
      ->UseRealTime();                                                         \
  BENCHMARK_CAPTURE(search_messages, kind##_postgres, Engine::postgres, #kind) \
      ->Iterations(300)                                                        \
      ->UseRealTime()
GMAIL_MCP_SEARCHES(common);
GMAIL_MCP_SEARCHES(middling);
GMAIL_MCP_SEARCHES(rare);
GMAIL_MCP_SEARCHES(absent);
GMAIL_MCP_SEARCHES(two_common);
GMAIL_MCP_SEARCHES(mixed);
GMAIL_MCP_SEARCHES(phrase);
GMAIL_MCP_SEARCHES(subject);
GMAIL_MCP_SEARCHES(beginning);
GMAIL_MCP_SEARCHES(without);
#undef GMAIL_MCP_SEARCHES

void list_conversations(benchmark::State& state, Engine engine) {
  auto& opened = filled(engine);
  const auto id = opened.connect("ann");
  for (auto _ : state) {
    auto page = run_to_end(opened.loop,
                           opened.store->archive().conversations(opened.everybody, id, 20, ""));
    benchmark::DoNotOptimize(page);
  }
}
BENCHMARK_CAPTURE(list_conversations, sqlite, Engine::sqlite)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();
BENCHMARK_CAPTURE(list_conversations, postgres, Engine::postgres)
    ->Unit(benchmark::kMicrosecond)
    ->UseRealTime();

}  // namespace
}  // namespace gmail_mcp
