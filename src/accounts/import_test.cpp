#include "accounts/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/bench.h"
#include "sql/sqlite/sqlite.h"
#include "sql/temp_folder.h"
#include "store/open.h"
#include "store/sql/foreign_accounts.h"

namespace gmail_mcp::accounts {
namespace {

using testing::Bench;
using testing::everybody;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// The other program's key: 32 bytes 0x6b, as its documents print it.
const std::string their_key = "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s=";
// "AT" under that key, made by Python's cryptography.
const std::string access_token =
    "gAAAAABrAfMQkTI434KHE2lDIYWP72KDGvQTcodWaoCaDL1uwneB-59yrFmdStDbo8ok7exQ-"
    "diaJlY9B-yWocXVL_fyMJ9W5A==";
const std::string old_id = "ae9a20166dea4384913d383ecdeedd8d";

class Import : public ::testing::Test {
 protected:
  void write(sql::Statement statement) { bench.run(theirs->write(std::move(statement))); }

  void make_oauth_program() {
    write(sql::Statement{
        "CREATE TABLE users (id TEXT PRIMARY KEY, external_user_id TEXT UNIQUE NOT NULL, "
        "email TEXT, created_at TEXT, updated_at TEXT)"});
    write(sql::Statement{
        "CREATE TABLE gmail_connections (id TEXT PRIMARY KEY, user_id TEXT NOT NULL, gmail_address "
        "TEXT "
        "NOT NULL, access_token_encrypted TEXT NOT NULL, refresh_token_encrypted TEXT NOT NULL, "
        "token_expires_at TEXT NOT NULL, scopes TEXT NOT NULL, is_active INTEGER DEFAULT 1, "
        "created_at "
        "TEXT, updated_at TEXT, last_used_at TEXT)"});
    write(sql::Statement{"INSERT INTO users VALUES ('u1', 'ann', NULL, '2026', '2026')"});
  }
  void add_connection(const std::string& id, const std::string& address, const std::string& access,
                      const std::string& refresh, bool is_active = true) {
    write(sql::Statement{
        "INSERT INTO gmail_connections VALUES (?1, 'u1', ?2, ?3, ?4, '2026-11-21T20:37:52.735501', "
        "'[\"https://www.googleapis.com/auth/gmail.readonly\", \"openid\"]', ?5, "
        "'2026-11-21T19:37:52.735529', '2026-11-21 19:37:52', NULL)",
        id, address, access, refresh, is_active});
  }
  std::vector<Imported> import(bool dry_run = false) {
    auto accounts = bench.run(store::foreign_accounts_in(*theirs));
    return bench.run(
        import_accounts(*bench.store, their_keys, bench.keys, std::move(accounts), dry_run));
  }
  std::vector<model::Connection> stored() {
    return bench.run(bench.store->connections().list(everybody(), {}));
  }

  Bench bench;
  std::unique_ptr<sql::Database> theirs = sql::open_sqlite({.path = ":memory:"}, *bench.log);
  crypto::KeyRing their_keys = crypto::KeyRing::parse({Secret{their_key}}).value();
};

TEST_F(Import, takes_over_tokens_under_our_key_and_keeps_the_id) {
  make_oauth_program();
  add_connection(old_id, "a@gmail.com", access_token, their_keys.encrypt("RT"));
  const auto results = import();
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(to_string(results[0].outcome), "imported");
  EXPECT_EQ(results[0].id.str(), old_id);
  const auto credential = bench.stored(results[0].id);
  EXPECT_EQ(credential.connection.external_user_id.str(), "ann");
  EXPECT_EQ(credential.connection.scopes.size(), 2U);
  EXPECT_EQ(credential.connection.token_expires_at,
            parse_iso8601("2026-11-21T20:37:52.735Z").value());
  EXPECT_EQ(bench.open(credential.ciphertexts.access_token), "AT");
  EXPECT_EQ(bench.open(credential.ciphertexts.refresh_token), "RT");
}

TEST_F(Import, can_be_repeated) {
  make_oauth_program();
  add_connection(old_id, "a@gmail.com", access_token, their_keys.encrypt("RT"));
  import();
  const auto again = import();
  EXPECT_EQ(to_string(again.at(0).outcome), "already_here");
  EXPECT_THAT(stored(), SizeIs(1));
}

TEST_F(Import, changes_nothing_in_a_dry_run) {
  make_oauth_program();
  add_connection(old_id, "a@gmail.com", access_token, their_keys.encrypt("RT"));
  EXPECT_EQ(to_string(import(true).at(0).outcome), "imported");
  EXPECT_THAT(stored(), IsEmpty());
}

// In that program a missing refresh token is an encrypted empty text.
TEST_F(Import, says_which_accounts_must_be_connected_again_soon) {
  make_oauth_program();
  add_connection(old_id, "a@gmail.com", access_token, their_keys.encrypt(""));
  const auto results = import();
  EXPECT_EQ(to_string(results.at(0).outcome), "imported_without_refresh_token");
  EXPECT_EQ(bench.stored(results[0].id).ciphertexts.refresh_token, "");
}

TEST_F(Import, leaves_out_who_disconnected_and_what_no_key_opens) {
  make_oauth_program();
  add_connection("11111111111111111111111111111111", "gone@gmail.com", access_token,
                 their_keys.encrypt("RT"), false);
  add_connection("22222222222222222222222222222222", "lost@gmail.com", access_token,
                 bench.keys.encrypt("sealed by somebody else"));
  add_connection("33333333333333333333333333333333", "not an address", access_token, "");
  const auto results = import();
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_EQ(to_string(results[0].outcome), "was_disconnected");
  EXPECT_EQ(to_string(results[1].outcome), "unreadable");
  EXPECT_EQ(to_string(results[2].outcome), "refused");
  EXPECT_THAT(stored(), IsEmpty());
}

TEST_F(Import, takes_over_app_passwords_and_gives_new_ids_for_row_numbers) {
  write(
      sql::Statement{"CREATE TABLE gmail_accounts (id INTEGER PRIMARY KEY, user_id VARCHAR NOT "
                     "NULL, email VARCHAR NOT "
                     "NULL, display_name VARCHAR, app_password_encrypted VARCHAR NOT NULL, "
                     "is_active BOOLEAN, created_at "
                     "DATETIME)"});
  write(sql::Statement{
      "INSERT INTO gmail_accounts VALUES (7, 'ann', 'Ann@Gmail.com', 'Ann B', ?1, 1, NULL)",
      their_keys.encrypt("abcd efgh ijkl mnop")});
  const auto results = import();
  ASSERT_THAT(results, SizeIs(1));
  EXPECT_EQ(results[0].old_id, "7");
  EXPECT_THAT(results[0].id.str(), SizeIs(36));
  const auto credential = bench.stored(results[0].id);
  EXPECT_EQ(credential.connection.kind, model::ConnectionKind::app_password);
  EXPECT_EQ(credential.connection.gmail_address, "ann@gmail.com");
  EXPECT_EQ(credential.connection.display_name, "Ann B");
  EXPECT_EQ(bench.open(credential.ciphertexts.app_password), "abcdefghijklmnop");
}

TEST_F(Import, makes_no_user_of_an_id_that_cannot_be_one) {
  make_oauth_program();
  for (const auto* id : {"ann ", "an\xe2\x80\xaen", "Zoe\xcc\x88"}) {
    write(sql::Statement{"UPDATE users SET external_user_id = ?1", id});
    write(sql::Statement{"DELETE FROM gmail_connections"});
    add_connection(old_id, "ann@gmail.example", access_token, access_token);
    const auto results = import();
    ASSERT_THAT(results, SizeIs(1));
    EXPECT_EQ(results.front().outcome, ImportOutcome::refused) << id;
    EXPECT_THAT(stored(), IsEmpty());
  }
}

TEST_F(Import, of_any_other_database_is_refused_in_words) {
  write(sql::Statement{"CREATE TABLE notes (id INTEGER)"});
  try {
    import();
    FAIL() << "it was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::misconfigured);
    EXPECT_THAT(error.message, HasSubstr("neither"));
  }
}

// Tables with their names but other contents, in a file opened as the command does.
TEST_F(Import, of_a_file_that_only_looks_like_theirs_is_refused_and_ends) {
  const sql::TempFolder folder;
  const auto refusal = [&](const std::string& path) {
    try {
      bench.run(store::read_foreign_accounts(path, *bench.log));
    } catch (const Error& error) {
      return error.code;
    }
    return Errc::internal;
  };
  const auto make = [&](const std::string& path, std::vector<sql::Statement> statements) {
    const auto database = sql::open_sqlite({.path = path}, *bench.log);
    for (auto& one : statements) bench.run(database->write(std::move(one)));
  };
  std::vector<sql::Statement> columns;
  columns.emplace_back(sql::Sql{"CREATE TABLE users (name TEXT)"});
  columns.emplace_back(sql::Sql{"CREATE TABLE gmail_connections (name TEXT)"});
  make(folder / "columns.db", std::move(columns));
  EXPECT_EQ(refusal(folder / "columns.db"), Errc::misconfigured);

  std::vector<sql::Statement> view;
  view.emplace_back(sql::Sql{
      "CREATE VIEW accounts AS WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM r) "
      "SELECT a AS id, a AS user_id, a AS email, a AS app_password FROM r"});
  make(folder / "view.db", std::move(view));
  EXPECT_EQ(refusal(folder / "view.db"), Errc::misconfigured);

  std::vector<sql::Statement> computed;
  computed.emplace_back(sql::Sql{"CREATE TABLE users (id, external_user_id)"});
  computed.emplace_back(sql::Sql{"INSERT INTO users VALUES (1, 'ann')"});
  computed.emplace_back(
      sql::Sql{"CREATE TABLE gmail_connections (id, user_id, gmail_address, scopes, "
               "refresh_token_encrypted, "
               "token_expires_at, is_active, created_at, access_token_encrypted AS "
               "(hex(zeroblob(400000))))"});
  computed.emplace_back(sql::Sql{
      "INSERT INTO gmail_connections (id, user_id) WITH RECURSIVE r(a) AS (SELECT 1 UNION ALL "
      "SELECT a + 1 FROM r LIMIT 1000) SELECT a, 1 FROM r"});
  make(folder / "computed.db", std::move(computed));
  EXPECT_EQ(refusal(folder / "computed.db"), Errc::too_large);
}

}  // namespace
}  // namespace gmail_mcp::accounts
