// What the archive costs: storing a first sync, and searching it. The mail is made up, with the
// frequencies of words that language has (Zipf). Sizes: GMAIL_MCP_BENCH_MESSAGES=10000,100000.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <memory>
#include <random>

#include "base/log.h"
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

// A database on the disk, as a server has it.
struct Opened {
  explicit Opened(const std::string& at) : path{at} {
    for (const auto* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(path + suffix);
    store = store::testing::TestStore{clock, *log, {.path = path}}.take();
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

  std::string path;
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

std::string place() {
  const auto* given = std::getenv("GMAIL_MCP_BENCH_PLACE");
  return given != nullptr ? given : "archive_bench.db";
}

void store_messages(benchmark::State& state) {
  const auto mail = make_mail(static_cast<std::size_t>(state.range(0)));
  for (auto _ : state) {
    state.PauseTiming();
    Opened opened{place()};
    const auto id = opened.connect("ann");
    state.ResumeTiming();
    store_all(opened, id, mail);
  }
  state.counters["messages_per_second"] =
      benchmark::Counter(static_cast<double>(state.range(0)), benchmark::Counter::kIsRate);
}
BENCHMARK(store_messages)
    ->Arg(10'000)
    ->Arg(100'000)
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1)
    ->UseRealTime();

// One archive of 100,000 messages, and a second account of the same words in the same file.
Opened& filled() {
  static const auto opened = [] {
    auto made = std::make_unique<Opened>(place());
    const auto mail = make_mail(100'000);
    store_all(*made, made->connect("other"), {mail.begin(), mail.begin() + 20'000});
    store_all(*made, made->connect("ann"), mail);
    return made;
  }();
  return *opened;
}

void search_messages(benchmark::State& state, const std::string& kind) {
  auto& opened = filled();
  const auto id = opened.connect("ann");
  std::mt19937 random{2};
  const auto word = [&](int from, int to) {
    return Language::name(std::uniform_int_distribution<int>{from, to}(random));
  };
  std::vector<double> times;
  for (auto _ : state) {
    std::string text;
    if (kind == "common") text = word(0, 20);
    if (kind == "rare") text = word(5'000, words - 1);
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
BENCHMARK_CAPTURE(search_messages, common, "common")->Iterations(300)->UseRealTime();
BENCHMARK_CAPTURE(search_messages, rare, "rare")->Iterations(300)->UseRealTime();
BENCHMARK_CAPTURE(search_messages, two_common, "two_common")->Iterations(300)->UseRealTime();
BENCHMARK_CAPTURE(search_messages, mixed, "mixed")->Iterations(300)->UseRealTime();
BENCHMARK_CAPTURE(search_messages, phrase, "phrase")->Iterations(300)->UseRealTime();
BENCHMARK_CAPTURE(search_messages, beginning, "beginning")->Iterations(300)->UseRealTime();
BENCHMARK_CAPTURE(search_messages, without, "without")->Iterations(300)->UseRealTime();

void list_conversations(benchmark::State& state) {
  auto& opened = filled();
  const auto id = opened.connect("ann");
  for (auto _ : state) {
    auto page = run_to_end(opened.loop,
                           opened.store->archive().conversations(opened.everybody, id, 20, ""));
    benchmark::DoNotOptimize(page);
  }
}
BENCHMARK(list_conversations)->Unit(benchmark::kMicrosecond)->UseRealTime();

}  // namespace
}  // namespace gmail_mcp
