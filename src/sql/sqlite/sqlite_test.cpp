#include "sql/sqlite/sqlite.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

#include "base/error.h"
#include "sql/temp_folder.h"

namespace gmail_mcp::sql {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Sqlite : public ::testing::Test {
 protected:
  std::unique_ptr<Database> open(const std::string& path) {
    return open_sqlite({.path = path, .busy_timeout = std::chrono::milliseconds{50}}, *log_);
  }
  Rows write(Database& database, Statement statement) {
    return run_to_end(loop_, database.write(std::move(statement)));
  }
  Rows read(Database& database, Statement statement) {
    return run_to_end(loop_, database.read(std::move(statement)));
  }
  template <class F>
  static Error failure_of(F action) {
    try {
      action();
    } catch (const Error& error) {
      return error;
    }
    return Error{Errc::internal, "nothing failed"};
  }

  boost::asio::io_context loop_;
  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  TempFolder folder_;
};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  return stat(path.c_str(), &status) == 0 ? status.st_mode & 0777 : 0;
}

std::string bytes_of(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

TEST_F(Sqlite, a_file_that_was_deleted_or_replaced_is_noticed) {
  const auto path = folder_ / "a.db";
  const auto aside = folder_ / "aside.db";
  const auto database = open(path);
  write(*database, Statement{"CREATE TABLE t (a INTEGER)"});
  EXPECT_NO_THROW(database->check_place());
  const auto trouble = [&] { return failure_of([&] { database->check_place(); }); };
  std::filesystem::rename(path, aside);
  EXPECT_EQ(trouble().code, Errc::unavailable);
  EXPECT_THAT(trouble().message, HasSubstr("deleted"));
  std::filesystem::copy_file(aside, path);
  EXPECT_THAT(trouble().message, HasSubstr("replaced"));
  std::filesystem::rename(aside, path);
  EXPECT_NO_THROW(database->check_place());
  // A new file may get the inode number of the deleted one.
  for (int i = 0; i < 20; ++i) {
    std::filesystem::remove(path);
    std::ofstream{path} << "";
    EXPECT_THAT(trouble().message, HasSubstr("replaced"));
  }
  EXPECT_NO_THROW(open(":memory:")->check_place());
}

TEST_F(Sqlite, every_kind_of_value_comes_back_as_it_went_in) {
  for (const auto& path : {std::string{":memory:"}, folder_ / "a.db"}) {
    const auto database = open(path);
    write(*database, Statement{"CREATE TABLE t (a, b, c, d, e)"});
    const std::string bytes("nul\0byte", 8);
    write(*database, Statement{"INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5)", nullptr,
                               std::int64_t{1} << 60, 0.5, bytes, ""});
    const Rows rows = read(*database, Statement{"SELECT a, b, c, d, e FROM t"});
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_TRUE(rows[0][0].is_null());
    EXPECT_EQ(rows[0][1].integer(), std::int64_t{1} << 60);
    EXPECT_EQ(rows[0][2].real(), 0.5);
    EXPECT_EQ(rows[0][3].text(), bytes);
    EXPECT_EQ(rows[0][4].text(), "");
  }
}

// Runs one long statement, and counts the loop's turns during it.
Task<int> turns_during(Database& database) {
  const auto executor = co_await boost::asio::this_coro::executor;
  int turns = 0;
  bool is_over = false;
  TaskGroup group{executor, [&](const std::exception_ptr&) { is_over = true; }};
  std::int64_t counted = 0;
  auto count = [](Database& asked, std::int64_t& result, bool& over) -> Task<void> {
    Statement statement{
        "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000000) "
        "SELECT count(*) FROM n"};
    const Rows rows = co_await asked.read(std::move(statement));
    result = rows[0][0].integer();
    over = true;
  };
  group.spawn(count(database, counted, is_over));
  while (!is_over) {
    ++turns;
    co_await boost::asio::post(executor, use_task);
  }
  co_await group.join();
  EXPECT_EQ(counted, 1'000'000);
  co_return turns;
}

TEST_F(Sqlite, the_loop_goes_on_while_a_statement_takes_its_time) {
  const auto database = open(folder_ / "a.db");
  EXPECT_GT(run_to_end(loop_, turns_during(*database)), 100);
}

TEST_F(Sqlite, statements_run_atomically_or_not_at_all) {
  const auto database = open(folder_ / "a.db");
  write(*database, Statement{"CREATE TABLE t (a INTEGER PRIMARY KEY)"});
  std::vector<Statement> good;
  good.emplace_back(Sql{"INSERT INTO t VALUES (1)"});
  good.emplace_back(Sql{"SELECT count(*) FROM t"});
  const auto results = run_to_end(loop_, database->atomically(std::move(good)));
  EXPECT_EQ(results[1][0][0].integer(), 1);

  std::vector<Statement> bad;
  bad.emplace_back(Sql{"INSERT INTO t VALUES (2)"});
  bad.emplace_back(Sql{"INSERT INTO t VALUES (1)"});
  const Error error = failure_of([&] { run_to_end(loop_, database->atomically(std::move(bad))); });
  EXPECT_EQ(error.code, Errc::conflict);
  EXPECT_EQ(read(*database, Statement{"SELECT count(*) FROM t"})[0][0].integer(), 1);
}

Task<void> insert(Database& database, std::int64_t number, int& conflicts) {
  Statement statement{"INSERT INTO t VALUES (?1)", number};
  try {
    co_await database.write(std::move(statement));
  } catch (const Error& error) {
    if (error.code == Errc::conflict) ++conflicts;
  }
}

TEST_F(Sqlite, of_many_writes_that_share_a_transaction_each_fails_alone) {
  const auto database = open(folder_ / "a.db");
  write(*database, Statement{"CREATE TABLE t (a INTEGER PRIMARY KEY)"});
  int conflicts = 0;
  std::vector<Task<void>> tasks;
  for (std::int64_t i = 0; i < 500; ++i) tasks.push_back(insert(*database, i / 2, conflicts));
  run_to_end(loop_, run_all(std::move(tasks)));
  EXPECT_EQ(conflicts, 250);
  EXPECT_EQ(read(*database, Statement{"SELECT count(*) FROM t"})[0][0].integer(), 250);
}

Task<void> insert_with(Database& database, std::int64_t number, Statement after, int& failures) {
  std::vector<Statement> statements;
  statements.emplace_back(Sql{"INSERT INTO t VALUES (?1)"}, number);
  statements.push_back(std::move(after));
  try {
    co_await database.atomically(std::move(statements));
  } catch (const Error&) {
    ++failures;
  }
}

// A failure after a change undoes that change alone, whether the statement that fails is a change
// or only reads.
TEST_F(Sqlite, of_several_statements_that_share_a_transaction_with_others_all_or_none_count) {
  const auto database = open(folder_ / "a.db");
  write(*database, Statement{"CREATE TABLE t (a INTEGER PRIMARY KEY)"});
  int failures = 0;
  std::vector<Task<void>> tasks;
  for (std::int64_t i = 0; i < 300; i += 3) {
    Statement again{"INSERT INTO t VALUES (?1)", i % 2 == 0 ? i : i + 1000};
    tasks.push_back(insert_with(*database, i, std::move(again), failures));
    const auto smallest = std::numeric_limits<std::int64_t>::min();
    Statement overflow{"SELECT abs(?1)", i % 30 == 0 ? smallest : i};
    tasks.push_back(insert_with(*database, i + 1, std::move(overflow), failures));
    tasks.push_back(insert(*database, i + 2, failures));
  }
  run_to_end(loop_, run_all(std::move(tasks)));
  EXPECT_EQ(failures, 50 + 10);
  EXPECT_EQ(read(*database, Statement{"SELECT count(*) FROM t"})[0][0].integer(),
            2 * 50 + 90 + 100);
}

TEST_F(Sqlite, foreign_keys_are_kept) {
  const auto database = open(":memory:");
  write(*database, Statement{"CREATE TABLE a (id PRIMARY KEY)"});
  write(*database, Statement{"CREATE TABLE b (a REFERENCES a (id) ON DELETE CASCADE)"});
  const Error error =
      failure_of([&] { write(*database, Statement{"INSERT INTO b VALUES ('x')"}); });
  EXPECT_EQ(error.code, Errc::conflict);
  write(*database, Statement{"INSERT INTO a VALUES ('x')"});
  write(*database, Statement{"INSERT INTO b VALUES ('x')"});
  write(*database, Statement{"DELETE FROM a"});
  EXPECT_EQ(read(*database, Statement{"SELECT count(*) FROM b"})[0][0].integer(), 0);
}

TEST_F(Sqlite, a_reader_cannot_write) {
  const auto database = open(folder_ / "a.db");
  const Error error = failure_of([&] { read(*database, Statement{"CREATE TABLE t (a)"}); });
  EXPECT_EQ(error.code, Errc::misconfigured);
}

TEST_F(Sqlite, bad_sql_is_our_bug_and_shows_only_in_the_log) {
  const auto database = open(folder_ / "a.db");
  const Error error = failure_of([&] { write(*database, Statement{"SELEC 1"}); });
  EXPECT_EQ(error.code, Errc::internal);
  EXPECT_THAT(error.message + error.hint,
              AllOf(Not(HasSubstr("SELEC")), Not(HasSubstr(folder_.path()))));
  EXPECT_THAT(error.detail, AllOf(HasSubstr("SELEC 1"), HasSubstr("a.db")));
  EXPECT_EQ(failure_of([&] { write(*database, Statement{"SELECT 1; SELECT 2"}); }).code,
            Errc::internal);
  EXPECT_EQ(failure_of([&] {
              write(*database, Statement{"SELECT ?1, ?2", 1});
            }).code,
            Errc::internal);
}

TEST_F(Sqlite, only_the_owner_can_read_the_files_and_the_folder) {
  const auto path = folder_ / "new/folder/a.db";
  const auto database = open(path);
  write(*database, Statement{"CREATE TABLE t (a)"});
  EXPECT_EQ(mode_of(folder_ / "new"), 0700U);
  EXPECT_EQ(mode_of(folder_ / "new/folder"), 0700U);
  EXPECT_EQ(mode_of(path), 0600U);
  EXPECT_EQ(mode_of(path + "-wal"), 0600U);
  EXPECT_EQ(mode_of(path + "-shm"), 0600U);
}

TEST_F(Sqlite, a_file_that_others_can_read_is_made_private) {
  const auto path = folder_ / "a.db";
  open(path);
  chmod(path.c_str(), 0644);
  open(path);
  EXPECT_EQ(mode_of(path), 0600U);
}

TEST_F(Sqlite, looking_at_a_database_changes_nothing) {
  const auto path = folder_ / "other.db";
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(other, "CREATE TABLE t (a)", nullptr, nullptr, nullptr), SQLITE_OK);
  sqlite3_close(other);
  chmod(path.c_str(), 0644);
  const auto bytes = bytes_of(path);
  {
    const auto database = open_sqlite({.path = path, .look_only = true}, *log_);
    EXPECT_TRUE(run_to_end(loop_, database->tables()).contains("t"));
    EXPECT_EQ(failure_of([&] { write(*database, Statement{"DROP TABLE t"}); }).code,
              Errc::internal);
  }
  EXPECT_EQ(bytes_of(path), bytes);
  EXPECT_EQ(mode_of(path), 0644U);
}

struct Trap {
  const char* claim;
  const char* sql;
};

// Each of these would run, or grow, for ever.
TEST_F(Sqlite, a_file_made_to_stop_who_looks_at_it_does_not) {
  const Trap traps[] = {
      {"a view without end",
       "CREATE VIEW t AS WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) "
       "SELECT a FROM r"},
      {"a view that puts off the end",
       "CREATE TABLE u (a); CREATE VIEW t AS SELECT randomblob(900000) AS a FROM u"},
      {"a column of a gigabyte",
       "CREATE TABLE t (b, a AS (zeroblob(1000000000))); INSERT INTO t (b) VALUES (1)"},
      {"many rows that are long only when they are read",
       "CREATE TABLE t (b, a AS (hex(zeroblob(400000)))); INSERT INTO t (b) WITH RECURSIVE r(a) AS "
       "(SELECT 1 UNION ALL SELECT a + 1 FROM r LIMIT 1000) SELECT a FROM r"}};
  int number = 0;
  for (const auto& trap : traps) {
    const auto path = folder_ / (std::to_string(++number) + ".db");
    sqlite3* other = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(other, trap.sql, nullptr, nullptr, nullptr), SQLITE_OK) << trap.claim;
    sqlite3_close(other);
    const auto database = open_sqlite({.path = path, .look_only = true}, *log_);
    for (const Sql query : {Sql{"SELECT a FROM t"}, Sql{"SELECT a FROM t ORDER BY a DESC"}}) {
      EXPECT_THROW(read(*database, Statement{query}), Error) << trap.claim << ": " << query.text();
    }
  }
}

TEST_F(Sqlite, a_question_that_is_too_much_for_a_strangers_file_ends) {
  const auto path = folder_ / "other.db";
  {
    const auto made = open(path);
    write(*made, Statement{"CREATE TABLE t (a)"});
    write(*made, Statement{"INSERT INTO t WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 "
                           "FROM r LIMIT 2000) SELECT a FROM r"});
  }
  const auto database = open_sqlite({.path = path, .look_only = true}, *log_);
  for (const Sql query :
       {Sql{"SELECT x.a FROM t AS x JOIN t AS y"},
        Sql{"SELECT count(*) FROM t AS x JOIN t AS y JOIN t AS z WHERE x.a + y.a + z.a < 0"}}) {
    EXPECT_EQ(failure_of([&] { read(*database, Statement{query}); }).code, Errc::too_large)
        << query.text();
  }
  EXPECT_EQ(read(*database, Statement{"SELECT count(*) FROM t"}).size(), 1U)
      << "no more than before";
}

TEST_F(Sqlite, what_is_no_database_is_refused_with_its_path) {
  const auto path = folder_ / "a.txt";
  std::ofstream{path} << std::string(4096, 'x');
  const Error error = failure_of([&] { open(path); });
  EXPECT_EQ(error.code, Errc::misconfigured);
  EXPECT_THAT(error.message,
              AllOf(HasSubstr("not a SQLite database"), Not(HasSubstr(folder_.path()))));
  EXPECT_THAT(error.hint, HasSubstr(path));

  const Error is_folder = failure_of([&] { open(folder_.path()); });
  EXPECT_EQ(is_folder.code, Errc::misconfigured);
  EXPECT_THAT(is_folder.message, HasSubstr("Is a directory"));
  SqliteOptions look;
  look.path = folder_.path();
  look.look_only = true;
  EXPECT_EQ(failure_of([&] { open_sqlite(look, *log_); }).message, is_folder.message);
}

TEST_F(Sqlite, a_database_that_another_connection_holds_is_unavailable_for_now) {
  const auto path = folder_ / "a.db";
  const auto ours = open(path);
  write(*ours, Statement{"CREATE TABLE t (a)"});
  sqlite3* other = nullptr;
  ASSERT_EQ(sqlite3_open(path.c_str(), &other), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);

  const Error error = failure_of([&] { write(*ours, Statement{"INSERT INTO t VALUES (1)"}); });
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_TRUE(error.retryable());
  EXPECT_EQ(error.retry_after, std::chrono::seconds{1});
  EXPECT_NO_THROW(read(*ours, Statement{"SELECT a FROM t"})) << "readers are never held up";

  sqlite3_close(other);
  write(*ours, Statement{"INSERT INTO t VALUES (1)"});
}

TEST_F(Sqlite, a_full_disk_is_one_clear_sentence_and_the_writers_go_on) {
  const auto database = open(folder_ / "a.db");
  write(*database, Statement{"CREATE TABLE t (a)"});
  write(*database, Statement{"PRAGMA max_page_count = 4"});
  const std::string large(20'000, 'x');
  const Error error = failure_of([&] {
    write(*database, Statement{"INSERT INTO t VALUES (?1)", large});
  });
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_THAT(error.message, HasSubstr("full"));
  write(*database, Statement{"INSERT INTO t VALUES ('small')"});
  EXPECT_EQ(read(*database, Statement{"SELECT count(*) FROM t"})[0][0].integer(), 1);
}

TEST_F(Sqlite, what_was_erased_is_in_no_file_any_more) {
  const auto path = folder_ / "a.db";
  const auto database =
      open_sqlite({.path = path, .scrub_after = std::chrono::milliseconds{0}}, *log_);
  const std::string secret = "gAAAAABsecret-that-was-stored";
  write(*database, Statement{"CREATE TABLE t (a)"});
  write(*database, Statement{"INSERT INTO t VALUES (?1)", secret});
  const auto found_in = [&](const std::string& file) {
    std::ifstream stream{file, std::ios::binary};
    const std::string bytes{std::istreambuf_iterator<char>{stream}, {}};
    return bytes.find(secret) != std::string::npos;
  };
  EXPECT_TRUE(found_in(path));
  write(*database, Statement{"UPDATE t SET a = NULL"});
  EXPECT_FALSE(found_in(path));
  EXPECT_FALSE(found_in(path + "-wal"));
}

// Of the library, after writing 4 MB.
std::int64_t memory_after_writing(const std::function<void(Statement)>& write) {
  write(Statement{"CREATE TABLE t (a)"});
  for (int i = 0; i < 40; ++i) {
    write(Statement{"INSERT INTO t VALUES (?1)", std::string(100'000, 'x')});
  }
  return sqlite3_memory_used();
}

TEST_F(Sqlite, forgets_the_pages_it_has_read_when_it_empties_its_log) {
  const auto used = [this](std::string path, std::chrono::milliseconds scrub_after) {
    const auto database = open_sqlite({.path = std::move(path), .scrub_after = scrub_after}, *log_);
    return memory_after_writing(
        [&](Statement statement) { write(*database, std::move(statement)); });
  };
  EXPECT_GT(used(folder_ / "a.db", std::chrono::hours{1}), 4'000'000);
  EXPECT_LT(used(folder_ / "b.db", std::chrono::milliseconds{0}), 1'000'000);
}

// Rows of an index move from page to page when others are inserted between them, and leave copies
// behind.
TEST_F(Sqlite, after_compacting_no_copy_of_what_was_erased_is_left_between_rows) {
  const auto path = folder_ / "a.db";
  {
    const auto database = open(path);
    write(*database, Statement{"CREATE TABLE t (a TEXT PRIMARY KEY, b TEXT)"});
    for (int i = 0; i < 2'000; ++i) {
      const auto mixed = std::to_string(i * 7'919 % 2'003);
      const auto text = mixed + (i % 10 == 0 ? "-secret@example.org" : "-other@example.org");
      write(*database, Statement{"INSERT INTO t VALUES (?1, ?2)", text, text + text});
    }
    write(*database, Statement{"DELETE FROM t WHERE a LIKE '%secret%'"});
    EXPECT_FALSE(run_to_end(loop_, database->compact(1'000))) << "it is larger";
    EXPECT_TRUE(run_to_end(loop_, database->compact(std::nullopt)));
    EXPECT_THAT(bytes_of(path), Not(HasSubstr("secret@")));
    EXPECT_THAT(bytes_of(path + "-wal"), Not(HasSubstr("secret@")));
    write(*database, Statement{"INSERT INTO t VALUES ('c', 'd')"});
  }
  EXPECT_THAT(bytes_of(path), AllOf(HasSubstr("other@"), Not(HasSubstr("secret@"))));
}

}  // namespace
}  // namespace gmail_mcp::sql
