#include "sql/postgres/postgres.h"

#include <gtest/gtest.h>

#include "sql/postgres/postgres_scene_test.h"
#include "sql/postgres/text.h"

namespace gmail_mcp::sql {
namespace {

using sql::testing::PgBouncer;

std::string written(const Rows& rows) {
  std::string text;
  for (const Row& row : rows) {
    for (const Value& value : row) {
      const auto& variant = value.variant();
      if (const auto* whole = std::get_if<std::int64_t>(&variant)) {
        text += "i" + std::to_string(*whole);
      } else if (const auto* real = std::get_if<double>(&variant)) {
        text += "r" + fmt::format("{}", *real);
      } else if (const auto* words = std::get_if<std::string>(&variant)) {
        text += "t" + *words;
      } else {
        text += "null";
      }
      text += ' ';
    }
  }
  return text;
}

TEST(PostgresText, parameters_are_found_outside_of_quotes_and_comments_alone) {
  using postgres::with_dollars;
  EXPECT_EQ(with_dollars("SELECT ?1, ?12 WHERE a = ?2"), "SELECT $1, $12 WHERE a = $2");
  EXPECT_EQ(with_dollars("SELECT '?1 ''?2', \"?3\", ?4 -- ?5\n, ?6 /* ?7 */, ?8"),
            "SELECT '?1 ''?2', \"?3\", $4 -- ?5\n, $6 /* ?7 */, $8");
  EXPECT_EQ(with_dollars("DO $x$ BEGIN ?1 $$ ?2 $x$ ?3"), "DO $x$ BEGIN ?1 $$ ?2 $x$ $3");
  EXPECT_EQ(with_dollars("SELECT j ? 'a', j ?| x, '?1"), "SELECT j ? 'a', j ?| x, '?1");
}

TEST(PostgresText, times_are_in_utc_with_milliseconds) {
  constexpr std::uint32_t timestamptz = 1184;
  const auto time = [](std::string_view text) {
    return postgres::value_of(timestamptz, text).text();
  };
  EXPECT_EQ(time("2026-11-29 18:09:37+00"), "2026-11-29T18:09:37.000Z");
  EXPECT_EQ(time("2026-11-29 18:09:37.1+00"), "2026-11-29T18:09:37.100Z");
  EXPECT_EQ(time("2026-11-29 18:09:37.123999+00"), "2026-11-29T18:09:37.123Z");
  EXPECT_EQ(time("2026-11-29 18:09:37.5"), "2026-11-29T18:09:37.500Z");
  EXPECT_EQ(time("2026-11-29 18:09:37"), "2026-11-29T18:09:37.000Z");
  EXPECT_EQ(time("2026-11-29 20:09:37.25+02"), "2026-11-29T18:09:37.250Z");
  EXPECT_EQ(time("2026-11-29 12:39:37.123456-05:30"), "2026-11-29T18:09:37.123Z");
  for (const auto* other : {"infinity", "-infinity", "0044-03-15 12:00:00+00 BC", ""}) {
    EXPECT_EQ(time(other), other);
  }
}

TEST(PostgresText, what_only_reads_is_known_and_in_doubt_it_changes) {
  using postgres::only_reads;
  EXPECT_TRUE(only_reads("SELECT 1"));
  EXPECT_TRUE(only_reads("SET LOCAL enable_seqscan = off"));
  EXPECT_TRUE(only_reads("WITH a AS (SELECT 1) SELECT * FROM a"));
  EXPECT_FALSE(only_reads("WITH a AS (DELETE FROM t RETURNING 1) SELECT * FROM a"));
  EXPECT_FALSE(only_reads("UPDATE t SET n = 1"));
  EXPECT_FALSE(only_reads("CREATE TABLE t (n int)"));
}

// Directly and through a pooler.
class Postgres : public PostgresScene, public ::testing::WithParamInterface<bool> {
 protected:
  Postgres() {
    if (!GetParam()) return;
    bouncer_ = std::make_unique<PgBouncer>(real_server());
    options_.url = bouncer_->url(url_);
  }
  ~Postgres() override { database_.reset(); }

  std::unique_ptr<PgBouncer> bouncer_;
};

INSTANTIATE_TEST_SUITE_P(Way, Postgres, ::testing::Bool(), [](const auto& way) {
  return std::string{way.param ? "through_pgbouncer" : "directly"};
});

TEST_P(Postgres, values_come_back_as_other_engines_have_them) {
  EXPECT_EQ(
      written(read(Statement{"SELECT 7::int2, 8::int4, 9000000000::int8, true, false, 1.5::float8, "
                             "NULL::text, ' a''b', 12::numeric, 2.5::numeric, 'x'::bytea"})),
      "i7 i8 i9000000000 i1 i0 r1.5 null t a'b i12 r2.5 t\\x78 ");
  EXPECT_EQ(written(read(Statement{"SELECT timestamptz '2026-11-21 20:37:52.735529+01', "
                                   "timestamp '2026-01-02 03:04:05', now()::text LIKE '%+00'"})),
            "t2026-11-21T19:37:52.735Z t2026-01-02T03:04:05.000Z i1 ");
}

TEST_P(Postgres, parameters_have_the_type_that_the_server_infers) {
  write(Statement{
      "CREATE TABLE t (id uuid PRIMARY KEY, n int, b bool, f float8, at timestamptz, s text)"});
  const auto at = parse_iso8601("2026-11-21T19:37:52.735Z").value();
  write(Statement{"INSERT INTO t VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                  "00000000-0000-0000-0000-000000000007", 5, true, 0.1, at,
                  std::string{"a\0b?1", 5}});
  EXPECT_EQ(written(read(Statement{"SELECT n, b, f, at, s, '?1', \"n\" /* ?2 */ FROM t"})),
            "i5 i1 r0.1 t2026-11-21T19:37:52.735Z ta\xEF\xBF\xBD"
            "b?1 t?1 i5 ");
}

TEST_P(Postgres, all_statements_or_none_are_done) {
  write(Statement{"CREATE TABLE t (id int PRIMARY KEY)"});
  std::vector<Statement> bad;
  bad.emplace_back(Sql{"INSERT INTO t VALUES (1)"});
  bad.emplace_back(Sql{"INSERT INTO t VALUES (1)"});
  bad.emplace_back(Sql{"INSERT INTO t VALUES (2)"});
  const auto refused = failure_of(database().atomically(std::move(bad)));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::conflict);
  EXPECT_EQ(written(read(Statement{"SELECT count(*) FROM t"})), "i0 ");

  std::vector<Statement> good;
  good.emplace_back(Sql{"INSERT INTO t VALUES (?1) RETURNING id"}, 1);
  good.emplace_back(Sql{"INSERT INTO t VALUES (?1), (3) RETURNING id"}, 2);
  const auto results = wait_for_answer(database().atomically(std::move(good)));
  ASSERT_EQ(results.size(), 2U);
  EXPECT_EQ(written(results[0]) + "| " + written(results[1]), "i1 | i2 i3 ");
}

class PostgresPool : public PostgresScene {
 protected:
  std::size_t open_connections() {
    return ask("SELECT pid FROM pg_stat_activity WHERE application_name = 'gmail-mcp' "
               "AND datname = current_database()")
        .size();
  }
};

TEST_F(PostgresPool, connections_are_opened_when_they_are_needed) {
  options_.connections = 5;
  database();
  EXPECT_EQ(open_connections(), 0U);
  for (int i = 0; i < 5; ++i) read(Statement{"SELECT 1"});
  EXPECT_EQ(open_connections(), 1U);
  on_threads(16, [&](int) { read(Statement{"SELECT pg_sleep(0.1)"}); });
  EXPECT_GE(open_connections(), 2U);
  EXPECT_LE(open_connections(), 5U);
}

TEST_F(PostgresPool, connections_are_closed_when_they_are_idle) {
  options_.idle_for = std::chrono::milliseconds{50};
  for (int i = 0; i < 2; ++i) {
    read(Statement{"SELECT 1"});
    EXPECT_TRUE(becomes([&] { return open_connections() == 0; }));
  }
}

TEST_P(Postgres, tables_are_those_of_the_schema_in_use_and_views_too) {
  ask("CREATE TABLE t (id int, name text); CREATE VIEW v AS SELECT name FROM t; "
      "ALTER TABLE t ADD gone int; ALTER TABLE t DROP gone; CREATE SCHEMA other; "
      "CREATE TABLE other.u (id int)");
  const Tables expected{{"t", {"id", "name"}}, {"v", {"name"}}};
  EXPECT_EQ(wait_for_answer(database().tables()), expected);
}

}  // namespace
}  // namespace gmail_mcp::sql
