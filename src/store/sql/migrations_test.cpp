#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <iterator>

#include "base/error.h"
#include "sql/sqlite/sqlite.h"
#include "sql/temp_folder.h"
#include "sqlite_migrations.h"
#include "store/open.h"
#include "store/sql/dialect.h"
#include "store/sql/statements.h"
#include "supabase_migrations.h"

namespace gmail_mcp::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(Migrations, every_engine_takes_the_same_steps_to_the_same_tables) {
  ASSERT_EQ(std::size(sqlite_steps::all), std::size(supabase_steps::all));
  for (std::size_t i = 0; i < std::size(sqlite_steps::all); ++i) {
    const auto& step = sqlite_steps::all[i];
    EXPECT_EQ(step.version, supabase_steps::all[i].version);
    auto made = sql::tables_made_by(step.statements);
    if (step.version.starts_with("002")) {  // SQLite replaces columns to change them
      for (const auto* column :
           {"access_token_encrypted", "refresh_token_encrypted", "token_expires_at"}) {
        EXPECT_EQ(made["connections"].erase(column), 1U);
      }
    }
    made.erase("archive_index_changes");  // of SQLite's full text
    auto others = sql::tables_made_by(supabase_steps::all[i].statements);
    if (others.contains("news")) others["news"].erase("turn");  // SQLite's rows are in order
    others.erase("archive_words");                              // of PostgreSQL's
    EXPECT_EQ(made, others) << step.version;
  }
}

class FoundDatabase : public ::testing::Test {
 protected:
  // The schema that was run by hand.
  void run_by_hand(const std::string& script) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
    char* failure = nullptr;
    EXPECT_EQ(sqlite3_exec(database, script.c_str(), nullptr, nullptr, &failure), SQLITE_OK)
        << failure;
    sqlite3_close(database);
  }
  sql::MigrationPlan migrate() {
    store_ = run_to_end(loop_, open(SqliteFile{path_}, clock_, *log_, {}));
    return run_to_end(loop_, store_->migrate());
  }
  std::int64_t count(sql::Sql sql) {
    const auto database = sql::open_sqlite({.path = path_, .look_only = true}, *log_);
    sql::Statement statement{sql};
    return run_to_end(loop_, database->read(std::move(statement)))[0][0].integer();
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  sql::TempFolder folder_;
  std::string path_ = folder_ / "a.db";
  std::unique_ptr<Store> store_;
  model::Access everyone_ = model::Access::system("test");
};

std::string script_of(std::size_t step) {
  std::ifstream file{fmt::format("migrations/sqlite/{}.sql", sqlite_steps::all[step].version)};
  return {std::istreambuf_iterator<char>{file}, {}};
}

// The names of this step and all later ones.
std::vector<std::string> steps_from(std::string_view first) {
  std::vector<std::string> names;
  for (const auto& step : sqlite_steps::all) {
    if (step.version >= first) names.emplace_back(step.version);
  }
  return names;
}

TEST_F(FoundDatabase, after_the_scripts_nothing_is_left_to_do) {
  for (std::size_t i = 0; i < std::size(sqlite_steps::all); ++i) run_by_hand(script_of(i));
  const auto plan = migrate();
  EXPECT_THAT(plan.pending, IsEmpty());
  EXPECT_EQ(plan.applied, steps_from("001_initial"));
}

TEST_F(FoundDatabase, whoever_ran_the_printed_schema_by_hand_goes_on_from_there) {
  std::string printed;  // without our journal, which the guide does not print
  for (const auto& statement : sqlite_steps::all[0].statements) {
    printed += std::string{statement.text()} + ";\n";
  }
  run_by_hand(printed);
  run_by_hand(R"(
    INSERT INTO users (id, external_user_id) VALUES ('u1', 'ann');
    INSERT INTO connections VALUES
      ('ae9a20166dea4384913d383ecdeedd8d', 'u1', 'a@gmail.com', 'access', 'refresh',
       '2026-11-21T20:37:52.735501', '["s", "t"]', 1, '2026-11-21T19:37:52.735529',
       '2026-11-21 19:37:52', NULL),
      ('b', 'u1', 'b@gmail.com', 'access-of-b', 'refresh-of-b', '2026-11-21T20:37:52', 's t', 0,
       '2026-11-21T18:00:00', NULL, NULL);
    INSERT INTO oauth_states (state, user_id, scopes, redirect_uri, code_verifier, expires_at)
      VALUES ('plain', 'u1', '[]', '', 'plain', '2026-11-21T20:37:52');
    CREATE TABLE notes (connection TEXT REFERENCES connections (id) ON DELETE CASCADE);
    INSERT INTO notes VALUES ('b');)");

  const auto plan = migrate();
  EXPECT_THAT(plan.applied, ElementsAre("001_initial"));
  EXPECT_EQ(plan.pending, steps_from("002_kinds_and_sends"));
  const ConnectionFilter all{.user = {}, .include_inactive = true};
  const auto listed = run_to_end(loop_, store_->connections().list(everyone_, all));
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].id.str(), "ae9a20166dea4384913d383ecdeedd8d");
  EXPECT_TRUE(listed[0].is_active());
  EXPECT_THAT(listed[0].scopes, ElementsAre("s", "t"));
  EXPECT_EQ(to_iso8601(*listed[0].token_expires_at), "2026-11-21T20:37:52.735Z");
  EXPECT_EQ(listed[0].version, 1);
  EXPECT_EQ(listed[1].status, model::ConnectionStatus::disconnected);
  EXPECT_THAT(listed[1].scopes, ElementsAre("s", "t"));

  const auto stored = run_to_end(loop_, store_->connections().credential(everyone_, listed[0].id));
  EXPECT_EQ(stored->ciphertexts.refresh_token, "refresh");
  const auto erased = run_to_end(loop_, store_->connections().credential(everyone_, listed[1].id));
  EXPECT_EQ(erased->ciphertexts.access_token, "");
  EXPECT_EQ(run_to_end(loop_, store_->flows().pending(everyone_)), 0);
  EXPECT_EQ(count("SELECT count(*) FROM notes"), 1) << "other people's tables lose nothing";
  EXPECT_EQ(count("SELECT count(*) FROM pragma_foreign_key_check"), 0);
}

// However much was sent in the last minute, and however many connections there are.
TEST_F(FoundDatabase, what_is_looked_for_often_is_found_by_an_index_of_its_own) {
  migrate();
  sqlite3* database = nullptr;
  ASSERT_EQ(sqlite3_open(path_.c_str(), &database), SQLITE_OK);
  const auto plan_of = [&](std::string_view name) {
    std::string plan;
    for (const auto& one : all_statements(sqlite_dialect())) {
      if (name != one.name()) continue;
      const auto question = fmt::format("EXPLAIN QUERY PLAN {}", one.text());
      const auto note = [](void* to, int, char** values, char**) {
        static_cast<std::string*>(to)->append(values[3]).append("\n");
        return 0;
      };
      EXPECT_EQ(sqlite3_exec(database, question.c_str(), note, &plan, nullptr), SQLITE_OK);
    }
    return plan;
  };
  EXPECT_THAT(plan_of("sends.find_lost"),
              HasSubstr("idx_sends_lost (connection_id=? AND fingerprint=? AND created_at>?)"));
  EXPECT_THAT(plan_of("connections.list_expiring"),
              HasSubstr("idx_connections_expiring (token_expires_at<?)"));
  EXPECT_THAT(plan_of("connections.list_ending"), HasSubstr("idx_connections_ending"));
  sqlite3_close(database);
}

TEST_F(FoundDatabase, what_earlier_versions_kept_of_ended_connections_is_to_be_erased) {
  for (std::size_t step = 0; step < 5; ++step) run_by_hand(script_of(step));
  run_by_hand(R"(
    INSERT INTO users (id, external_user_id) VALUES ('u', 'ann');
    INSERT INTO connections (id, user_id, gmail_address, scopes, is_active, status,
      refresh_token_encrypted) VALUES
      ('a', 'u', 'active@x.com', '[]', 1, 'active', 'r'),
      ('d', 'u', 'disconnected@x.com', '[]', 0, 'disconnected', NULL),
      ('l', 'u', 'lost@x.com', '[]', 0, 'reconnect_required', 'r'),
      ('m', 'u', 'missing@x.com', '[]', 0, 'reconnect_required', NULL);)");
  EXPECT_EQ(migrate().pending, steps_from("006_readings"));
  const auto begun = run_to_end(loop_, store_->connections().endings(everyone_));
  ASSERT_THAT(begun, SizeIs(1)) << "who was lost has the time of grace from now on";
  EXPECT_EQ(begun[0].connection.gmail_address, "disconnected@x.com");
  EXPECT_EQ(begun[0].erasure, Erasure::everything);
  EXPECT_EQ(count("SELECT count(*) FROM connections WHERE lost_at IS NOT NULL AND id = 'l'"), 1);
  EXPECT_EQ(count("SELECT count(*) FROM connections WHERE lost_at IS NOT NULL"), 1);
}

TEST_F(FoundDatabase, the_database_of_the_python_program_is_refused_and_left_as_it_was) {
  run_by_hand(R"(
    CREATE TABLE users (id TEXT PRIMARY KEY, external_user_id TEXT UNIQUE NOT NULL, email TEXT,
      created_at TEXT, updated_at TEXT);
    CREATE TABLE gmail_connections (id TEXT PRIMARY KEY, user_id TEXT NOT NULL);
    CREATE TABLE oauth_states (id TEXT PRIMARY KEY, state TEXT UNIQUE NOT NULL, user_id TEXT,
      scopes TEXT, redirect_uri TEXT, code_verifier TEXT, expires_at TEXT, created_at TEXT);
    CREATE TABLE schema_migrations (version TEXT PRIMARY KEY, applied_at TEXT);
    INSERT INTO schema_migrations (version) VALUES ('001_initial');)");
  try {
    migrate();
    FAIL() << "it was taken for ours";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::misconfigured);
    EXPECT_THAT(error.hint, HasSubstr("gmail-mcp import"));
  }
  EXPECT_EQ(count("SELECT count(*) FROM sqlite_schema WHERE type = 'table'"), 4);
}

}  // namespace
}  // namespace gmail_mcp::store
