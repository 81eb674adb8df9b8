#include "sql/migrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <thread>

#include "base/error.h"
#include "sql/sqlite/sqlite.h"
#include "sql/temp_folder.h"

namespace gmail_mcp::sql {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Sql first_step[] = {"CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL)",
                              "CREATE TABLE letters (id TEXT, person TEXT)"};
constexpr Sql second_step[] = {"ALTER TABLE people ADD COLUMN age INTEGER"};

constexpr Migration steps[] = {{"001_people", first_step}, {"002_age", second_step}};

class Migrate : public ::testing::Test {
 protected:
  Rows run(Sql sql) {
    Statement statement{sql};
    return run_to_end(loop_, database_->write(std::move(statement)));
  }
  MigrationPlan plan(std::span<const Migration> migrations = steps) {
    return run_to_end(loop_, plan_migrations(*database_, migrations));
  }
  MigrationPlan migrate_now(std::span<const Migration> migrations = steps) {
    return run_to_end(loop_, migrate(*database_, migrations, clock_));
  }
  Error refusal() {
    try {
      migrate_now();
    } catch (const Error& error) {
      return error;
    }
    return Error{Errc::internal, "nothing was refused"};
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<Database> database_ = open_sqlite({.path = ":memory:"}, *log_);
};

TEST_F(Migrate, an_empty_database_gets_every_step_once) {
  EXPECT_THAT(plan().pending, ElementsAre("001_people", "002_age"));
  EXPECT_THAT(run("SELECT name FROM sqlite_schema"), IsEmpty()) << "a plan changes nothing";

  EXPECT_THAT(migrate_now().pending, ElementsAre("001_people", "002_age"));
  EXPECT_EQ(run("SELECT count(age) FROM people")[0][0].integer(), 0);
  const auto journal = run("SELECT applied_at FROM schema_migrations ORDER BY version");
  ASSERT_EQ(journal.size(), 2U);
  EXPECT_EQ(journal[0][0].time(), clock_.now());

  const auto again = migrate_now();
  EXPECT_THAT(again.pending, IsEmpty());
  EXPECT_THAT(again.applied, ElementsAre("001_people", "002_age"));
}

TEST_F(Migrate, a_later_program_goes_on_from_where_the_earlier_stopped) {
  migrate_now(std::span{steps}.first(1));
  EXPECT_THAT(plan().applied, ElementsAre("001_people"));
  EXPECT_THAT(migrate_now().pending, ElementsAre("002_age"));
}

TEST_F(Migrate, a_step_that_was_run_by_hand_is_recorded_and_not_repeated) {
  run("CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL)");
  run("CREATE TABLE letters (id TEXT, person TEXT)");
  run("INSERT INTO people VALUES ('1', 'Ann')");
  EXPECT_THAT(plan().applied, ElementsAre("001_people"));
  EXPECT_THAT(migrate_now().pending, ElementsAre("002_age"));
  EXPECT_EQ(run("SELECT count(*) FROM schema_migrations")[0][0].integer(), 2);
  EXPECT_EQ(run("SELECT name FROM people")[0][0].text(), "Ann");
}

TEST(TablesMade, are_read_from_the_statements) {
  constexpr Sql statements[] = {
      "-- Who, and\n-- where.\nCREATE TABLE places (\n    id TEXT DEFAULT (hex(randomblob(16))),\n"
      "    kind TEXT CHECK (kind IN ('a', 'b')),\n    UNIQUE(id, kind)\n)",
      "ALTER TABLE people\n    ALTER COLUMN age DROP NOT NULL,\n    ADD COLUMN first TEXT,\n"
      "    ADD COLUMN last TEXT",
      "CREATE TRIGGER t AFTER DELETE ON places BEGIN DELETE FROM people; END",
      "ALTER TABLE people ENABLE ROW LEVEL SECURITY"};
  const Tables wanted{{"places", {"id", "kind"}}, {"people", {"first", "last"}}};
  EXPECT_EQ(tables_made_by(statements), wanted);
}

TEST_F(Migrate, a_table_of_our_name_with_other_columns_is_refused_and_left_alone) {
  run("CREATE TABLE people (login TEXT)");
  const Error error = refusal();
  EXPECT_EQ(error.code, Errc::misconfigured);
  EXPECT_THAT(error.message, HasSubstr("another program"));
  EXPECT_THAT(error.hint, HasSubstr("Configure another database"));
  EXPECT_EQ(run("SELECT count(*) FROM sqlite_schema")[0][0].integer(), 1);
}

TEST_F(Migrate, half_of_a_step_is_refused_even_if_the_journal_claims_all_of_it) {
  run("CREATE TABLE people (id TEXT, name TEXT)");
  EXPECT_EQ(refusal().code, Errc::misconfigured);
  run("CREATE TABLE schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT)");
  run("INSERT INTO schema_migrations VALUES ('001_people', '')");
  EXPECT_EQ(refusal().code, Errc::misconfigured);
}

TEST_F(Migrate, a_database_of_a_newer_program_is_refused) {
  migrate_now();
  run("INSERT INTO schema_migrations VALUES ('003_future', '')");
  const Error error = refusal();
  EXPECT_EQ(error.code, Errc::misconfigured);
  EXPECT_THAT(error.message, HasSubstr("newer version"));
}

TEST_F(Migrate, tables_of_other_names_are_nobody_s_business) {
  run("CREATE TABLE recipes (id TEXT)");
  EXPECT_THAT(migrate_now().pending, ElementsAre("001_people", "002_age"));
}

TEST_F(Migrate, a_step_that_makes_nothing_here_is_known_by_the_journal) {
  static constexpr Migration with_one_of_others[] = {
      {"001_people", first_step}, {"002_of_others", {}}, {"003_age", second_step}};
  EXPECT_THAT(migrate_now(with_one_of_others).pending,
              ElementsAre("001_people", "002_of_others", "003_age"));
  EXPECT_THAT(migrate_now(with_one_of_others).pending, IsEmpty());
  run("DELETE FROM schema_migrations");  // all was made by hand
  EXPECT_THAT(migrate_now(with_one_of_others).pending, ElementsAre("002_of_others"));
}

TEST_F(Migrate, as_a_script_the_pending_steps_write_themselves_down) {
  const auto script = script_of(steps, {"002_age"});
  EXPECT_THAT(script, HasSubstr("ALTER TABLE people ADD COLUMN age INTEGER;"));
  EXPECT_THAT(script, HasSubstr("VALUES ('002_age') ON CONFLICT"));
  EXPECT_THAT(script, ::testing::Not(HasSubstr("001_people")));
}

TEST_F(Migrate, a_step_that_fails_leaves_nothing_behind) {
  static constexpr Sql broken[] = {"CREATE TABLE a (id TEXT)", "CREATE TABLE a (id TEXT)"};
  static constexpr Migration only[] = {{"001_broken", broken}};
  EXPECT_THROW(migrate_now(only), Error);
  EXPECT_THAT(run("SELECT name FROM sqlite_schema"), IsEmpty());
}

TEST(MigrateTogether, programs_that_start_together_apply_each_step_once) {
  constexpr int programs = 4;
  const TempFolder folder;
  std::barrier start{programs};
  std::atomic<std::size_t> applied = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < programs; ++i) {
    threads.emplace_back([&] {
      const auto log = Log::silent();
      boost::asio::io_context loop;
      start.arrive_and_wait();
      const auto database = open_sqlite({.path = folder / "a.db"}, *log);
      applied += run_to_end(loop, migrate(*database, steps, SystemClock{})).pending.size();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(applied, std::size(steps));
}

}  // namespace
}  // namespace gmail_mcp::sql
