// What an engine costs: the look-up of a connection that every call makes when nothing is
// remembered, on SQLite and on a PostgreSQL server of this machine, side by side. `callers` ask at
// once from one loop, as a server's thread does. CPU is that of this process, not of the server.
//
//     bench_storage_bench [--benchmark_filter=regex]
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <sys/resource.h>

#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "base/log.h"
#include "sql/postgres/postgres.h"
#include "sql/sqlite/sqlite.h"
#include "sql/temp_folder.h"
#include "sql/testing/postgres_server.h"

namespace gmail_mcp {
namespace {

using sql::Database;
using sql::Rows;
using sql::Statement;

constexpr int connections_a_user = 3;

// As the store asks it. The tables have the columns that are read, and the indexes.
constexpr sql::Sql find_connection =
    "SELECT c.id, u.external_user_id, c.gmail_address, c.kind, c.status, c.scopes, c.google_sub, "
    "c.display_name, c.token_expires_at, c.created_at, c.updated_at, c.last_used_at, c.version "
    "FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE c.id = ?1 AND c.status <> 'removing' "
    "AND u.external_user_id = coalesce(CAST(?2 AS TEXT), u.external_user_id)";

std::string id_of(int number) { return fmt::format("00000000-0000-4000-8000-{:012d}", number); }

class Engine {
 public:
  virtual ~Engine() = default;
  std::unique_ptr<Database> database;

 protected:
  std::unique_ptr<Log> log_ = Log::silent();
};

class OnSqlite final : public Engine {
 public:
  explicit OnSqlite(int users) {
    database = sql::open_sqlite({.path = folder_ / "bench.db"}, *log_);
    boost::asio::io_context loop;
    const auto run = [&](Statement statement) {
      run_to_end(loop, database->write(std::move(statement)));
    };
    run(Statement{
        "CREATE TABLE users (id TEXT PRIMARY KEY, external_user_id TEXT NOT NULL UNIQUE)"});
    run(
        Statement{"CREATE TABLE connections (id TEXT PRIMARY KEY, user_id TEXT NOT NULL REFERENCES "
                  "users (id), "
                  "gmail_address TEXT NOT NULL, kind TEXT NOT NULL, status TEXT NOT NULL, "
                  "scopes TEXT NOT NULL, google_sub TEXT NOT NULL, display_name TEXT NOT NULL, "
                  "token_expires_at TEXT, created_at TEXT NOT NULL, updated_at TEXT NOT NULL, "
                  "last_used_at TEXT, version INTEGER NOT NULL)"});
    run(Statement{
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1) "
        "INSERT INTO users SELECT printf('00000000-0000-4000-8000-%012d', i), 'user-' || i FROM n",
        users});
    run(Statement{
        "WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < ?1 - 1) "
        "INSERT INTO connections SELECT printf('00000000-0000-4000-8000-%012d', i), "
        "printf('00000000-0000-4000-8000-%012d', i / 3), 'mail-' || i || '@example.com', 'oauth', "
        "'active', 'https://mail.google.com/ openid', 'sub-' || i, 'Somebody', "
        "'2026-11-29T12:00:00.000Z', '2026-11-29T12:00:00.000Z', '2026-11-29T12:00:00.000Z', NULL, "
        "1 FROM n",
        users * connections_a_user});
  }

 private:
  sql::TempFolder folder_;
};

class OnPostgres final : public Engine {
 public:
  explicit OnPostgres(int users) {
    auto& server = sql::testing::PostgresServer::of_this_process();
    const auto url = server.new_database();
    const auto name = url.substr(url.rfind('/') + 1);
    server.ask(
        name,
        "CREATE TABLE users (id uuid PRIMARY KEY, external_user_id text NOT NULL UNIQUE);"
        "CREATE TABLE connections (id uuid PRIMARY KEY, user_id uuid NOT NULL REFERENCES users "
        "(id), "
        "gmail_address text NOT NULL, kind text NOT NULL, status text NOT NULL, "
        "scopes text NOT NULL, google_sub text NOT NULL, display_name text NOT NULL, "
        "token_expires_at timestamptz, created_at timestamptz NOT NULL, "
        "updated_at timestamptz NOT NULL, last_used_at timestamptz, version integer NOT NULL)");
    server.ask(
        name,
        fmt::format(
            "INSERT INTO users SELECT CAST('00000000-0000-4000-8000-' || lpad(i::text, 12, '0') AS "
            "uuid), 'user-' || i FROM generate_series(0, {0} - 1) AS i;"
            "INSERT INTO connections SELECT "
            "CAST('00000000-0000-4000-8000-' || lpad(i::text, 12, '0') AS uuid), "
            "CAST('00000000-0000-4000-8000-' || lpad((i / 3)::text, 12, '0') AS uuid), "
            "'mail-' || i || '@example.com', 'oauth', 'active', 'https://mail.google.com/ openid', "
            "'sub-' || i, 'Somebody', now(), now(), now(), NULL, 1 "
            "FROM generate_series(0, {0} * 3 - 1) AS i",
            users));
    server.ask(name, "VACUUM ANALYZE");
    sql::PostgresOptions options;
    options.url = url;
    database = sql::open_postgres(options, *log_);
  }
};

double cpu_seconds() {
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
  };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

Task<void> ask(Database& database, int connections, int times, unsigned seed) {
  std::minstd_rand random{seed};
  for (int i = 0; i < times; ++i) {
    const int number = std::uniform_int_distribution<int>{0, connections - 1}(random);
    Statement statement{find_connection, id_of(number), nullptr};
    const Rows rows = co_await database.read(std::move(statement));
    if (rows.size() != 1) throw Error{Errc::internal, "A connection is missing."};
  }
}

template <class E>
void look_up(benchmark::State& state) {
  const int callers = static_cast<int>(state.range(0));
  const int users = static_cast<int>(state.range(1));
  static std::map<int, std::unique_ptr<E>> engines;
  auto& engine = engines[users];
  if (!engine) engine = std::make_unique<E>(users);
  constexpr int calls = 8192;
  const auto round = [&] {
    boost::asio::io_context loop;
    std::vector<Task<void>> tasks;
    for (int i = 0; i < callers; ++i) {
      tasks.push_back(ask(*engine->database, users * connections_a_user, calls / callers,
                          static_cast<unsigned>(i + 1)));
    }
    run_to_end(loop, run_all(std::move(tasks)));
  };
  round();  // opens connections and statements
  const auto before = cpu_seconds();
  for (auto _ : state) round();
  const auto done = static_cast<double>(state.iterations()) * calls;
  state.counters["cpu_us_a_call"] = (cpu_seconds() - before) * 1e6 / done;
  state.counters["calls_a_second"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
}

void sizes(benchmark::internal::Benchmark* benchmark) {
  for (const int users : {100, 100'000}) {
    for (const int callers : {1, 64}) benchmark->Args({callers, users});
  }
  benchmark->ArgNames({"callers", "users"})->Unit(benchmark::kMillisecond)->UseRealTime();
}
BENCHMARK_TEMPLATE(look_up, OnSqlite)->Apply(sizes);
BENCHMARK_TEMPLATE(look_up, OnPostgres)->Apply(sizes);

}  // namespace
}  // namespace gmail_mcp
