#include <gtest/gtest.h>

#include <malloc.h>

#include "sql/postgres/postgres_scene_test.h"

// What the server refuses, and rows that are very long.
namespace gmail_mcp::sql {
namespace {

using sql::testing::PgBouncer;

class PostgresErrors : public PostgresScene {};

TEST_F(PostgresErrors, have_codes_and_hints_and_nothing_of_the_rows) {
  ask("CREATE TABLE t (id uuid, n int UNIQUE, s text, CHECK (s <> 'hush-check'));"
      "CREATE TABLE u (n int REFERENCES t (n));"
      "INSERT INTO t VALUES (gen_random_uuid(), 4711, 'hush');"
      "CREATE FUNCTION fails(code text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN "
      "RAISE EXCEPTION 'hush-message' USING ERRCODE = code, DETAIL = 'hush-detail'; END $$");
  constexpr Sql raise = "SELECT fails(?1)";
  const struct {
    Statement statement;
    Errc code;
    std::string message;
  } cases[] = {
      {Statement{"INSERT INTO t (n) VALUES (?1)", 4711}, Errc::conflict,
       "Such an entry exists already."},
      {Statement{"INSERT INTO u (n) VALUES (?1)", 815}, Errc::conflict,
       "What the entry belongs to has been removed meanwhile."},
      {Statement{"INSERT INTO t (s) VALUES (?1)", "hush-check"}, Errc::internal,
       "The database refused a statement."},
      {Statement{"SELECT hush FROM nowhere"}, Errc::misconfigured,
       "The database lacks a table or a column of this program."},
      {Statement{"SELEKT 1"}, Errc::internal, "The database refused a statement."},
      {Statement{"SELECT CAST(?1 AS int)", "hush-number"}, Errc::internal,
       "The database refused a statement."},
      {Statement{"SELECT CAST(?1 AS text)", "hush \xFF"}, Errc::invalid_argument,
       "A text holds bytes that the database cannot store."},
      {Statement{raise, "53100"}, Errc::unavailable, "The database server has no room left."},
      {Statement{raise, "53300"}, Errc::unavailable, "The database server has no connection left."},
      {Statement{raise, "57P01"}, Errc::unavailable, "The database server is not ready."},
      {Statement{raise, "57P03"}, Errc::unavailable, "The database server is not ready."},
      {Statement{raise, "08006"}, Errc::unavailable, "The database server is not ready."},
      {Statement{raise, "40001"}, Errc::unavailable,
       "The database is busy: others change the same rows."},
      {Statement{raise, "40P01"}, Errc::unavailable,
       "The database is busy: others change the same rows."},
      {Statement{raise, "57014"}, Errc::unavailable,
       "The database server took too long and stopped the statement."},
      {Statement{raise, "42501"}, Errc::misconfigured,
       "The database user may not do what this program must do."},
      {Statement{raise, "26000"}, Errc::unavailable,
       "The pooler before the database mixes up statements."},
      {Statement{raise, "42P05"}, Errc::unavailable,
       "The pooler before the database mixes up statements."},
      {Statement{raise, "25006"}, Errc::unavailable,
       "The database accepts no changes: it is a standby, or was one."},
      {Statement{raise, "08P01"}, Errc::internal, "The database refused a statement."},
  };
  for (const auto& one : cases) {
    const auto failure = failure_of(database().write(one.statement));
    const auto label = fmt::format("{} (case {})", one.statement.sql.text(), &one - cases);
    ASSERT_TRUE(failure) << label;
    EXPECT_EQ(failure->code, one.code) << label << ": " << failure->message;
    EXPECT_EQ(failure->message, one.message) << label << ": " << failure->detail;
    const auto all = failure->message + failure->hint + failure->detail + lines_;
    for (const auto* secret : {"hush-", "4711", "815"}) {
      EXPECT_EQ(all.find(secret), std::string::npos) << all;
    }
  }
}

TEST_F(PostgresErrors, text_that_is_no_uuid_names_no_row) {
  ask("CREATE TABLE t (id uuid, n int)");
  EXPECT_TRUE(read(Statement{"SELECT n FROM t WHERE id = ?1", "7"}).empty());
  EXPECT_TRUE(write(Statement{"UPDATE t SET n = 1 WHERE id = ?1 RETURNING n", "no id"}).empty());
  auto statements = std::vector<Statement>{};
  statements.emplace_back(Sql{"INSERT INTO t (n) VALUES (1)"});
  statements.emplace_back(Sql{"UPDATE t SET n = 1 WHERE id = ?1"}, "7");
  EXPECT_EQ(wait_for_answer(database().atomically(std::move(statements))).size(), 2U);
}

TEST_F(PostgresErrors, settings_for_one_transaction_end_with_it) {
  PgBouncer bouncer{real_server(), 1};
  options_.url = bouncer.url(url_);
  auto statements = std::vector<Statement>{};
  statements.emplace_back(Sql{"SET LOCAL enable_seqscan = off"});
  statements.emplace_back(Sql{"SELECT set_config('enable_sort', 'off', true)"});
  statements.emplace_back(
      Sql{"SELECT current_setting('enable_seqscan'), current_setting('enable_sort')"});
  const auto results = wait_for_answer(database().atomically(std::move(statements)));
  EXPECT_EQ(results.at(2).at(0).at(0).text(), "off");
  EXPECT_EQ(results.at(2).at(0).at(1).text(), "off");
  const auto after =
      read(Statement{"SELECT current_setting('enable_seqscan'), current_setting('enable_sort')"});
  EXPECT_EQ(after.at(0).at(0).text(), "on");
  EXPECT_EQ(after.at(0).at(1).text(), "on");
}

TEST_F(PostgresErrors, a_row_of_30_megabytes_goes_and_comes_and_its_memory_is_given_back) {
  ask("CREATE TABLE t (s text)");
  constexpr std::size_t size = 30'000'000;
  PgBouncer bouncer{real_server(), 2};
  for (const auto& url : {url_, bouncer.url(url_)}) {
    database_.reset();
    ask("TRUNCATE t");
    options_.url = url;
    read(Statement{"SELECT 1"});
    ::malloc_trim(0);
    const auto before = ::mallinfo2();
    write(Statement{"INSERT INTO t VALUES (?1)", std::string(size, 'x')});
    {
      const auto rows = read(Statement{"SELECT s FROM t"});
      EXPECT_EQ(rows.at(0).at(0).text().size(), size);
    }
    const auto in_use = [&] {
      const auto now = ::mallinfo2();
      return now.uordblks + now.hblkhd;
    };
    const auto limit = before.uordblks + before.hblkhd + 4'000'000;
    EXPECT_TRUE(becomes([&] { return in_use() < limit; }));
    read(Statement{"SELECT 1"});
  }
}

}  // namespace
}  // namespace gmail_mcp::sql
