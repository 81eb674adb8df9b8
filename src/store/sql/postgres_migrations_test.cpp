#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <barrier>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/error.h"
#include "sql/testing/postgres_server.h"
#include "store/open.h"
#include "supabase_migrations.h"

namespace gmail_mcp::store {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr auto steps = std::span{supabase_steps::all};

std::string text_of_file(const std::string& path) {
  std::ifstream file{path};
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>{file}, {}};
}

std::string postgres_step(std::size_t step) {
  return text_of_file(fmt::format("migrations/supabase/{}.sql", steps[step].version));
}

std::vector<std::string> versions() {
  std::vector<std::string> all;
  for (const auto& step : steps) all.emplace_back(step.version);
  return all;
}

// As the guide's readers ran it, with rows as the Python program writes them.
const char* const rows_of_guide = R"(
    INSERT INTO users (external_user_id, email) VALUES ('ann', 'a@gmail.com');
    INSERT INTO connections (user_id, gmail_address, access_token_encrypted,
      refresh_token_encrypted, token_expires_at, scopes, is_active, created_at)
    SELECT id, 'a@gmail.com', 'access', 'refresh', '2026-11-21T20:37:52.735501Z'::timestamptz,
      '["s", "t"]', true, '2026-11-21T19:37:52.735529+00'::timestamptz FROM users;
    INSERT INTO connections (user_id, gmail_address, access_token_encrypted,
      refresh_token_encrypted, token_expires_at, scopes, is_active, created_at)
    SELECT id, 'b@gmail.com', 'access', 'refresh', '2026-11-21T20:37:52Z'::timestamptz,
      's t', false, '2026-11-21T18:00:00Z'::timestamptz FROM users;
    INSERT INTO oauth_states (state, user_id, scopes, redirect_uri, code_verifier, expires_at)
    SELECT 'plain', id, '[]', '', 'plain', now() FROM users;)";

// The roles of a Supabase project, and what they are given there of everything new.
const char* const as_in_supabase = R"(
    DO $$ BEGIN
      IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'anon') THEN
        CREATE ROLE anon NOLOGIN; CREATE ROLE authenticated NOLOGIN;
        CREATE ROLE service_role NOLOGIN BYPASSRLS;
      END IF; END $$;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES
      TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS
      TO anon, authenticated, service_role;
    ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES
      TO anon, authenticated, service_role;)";

class PostgresMigrations : public ::testing::Test {
 protected:
  static sql::testing::PostgresServer& server() {
    return sql::testing::PostgresServer::of_this_process();
  }
  ~PostgresMigrations() override {
    store_.reset();
    for (const auto& url : made_) server().drop_database(url);
  }

  std::string new_database() {
    made_.push_back(server().new_database());
    return made_.back();
  }
  static std::string name_of(const std::string& url) { return url.substr(url.rfind('/') + 1); }
  std::vector<std::string> ask(const std::string& sql) { return server().ask(name_of(url_), sql); }
  void use(std::string url) { url_ = std::move(url); }

  static Where place(const std::string& url) { return PostgresServer{.url = Secret{url}}; }
  sql::MigrationPlan migrate() {
    store_.reset();
    store_ = run_to_end(loop_, open(place(url_), clock_, *log_, {}));
    return run_to_end(loop_, store_->migrate());
  }
  Look look() { return run_to_end(loop_, look_at(place(url_), clock_, *log_)); }
  std::optional<Error> refusal() {
    try {
      migrate();
      return std::nullopt;
    } catch (const Error& error) {
      return error;
    }
  }
  std::string script() { return migration_script(place(url_), {}); }

  boost::asio::io_context loop_;
  SystemClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::vector<std::string> made_;
  std::string url_ = new_database();
  std::unique_ptr<Store> store_;
  model::Access everyone_ = model::Access::system("test");
};

TEST_F(PostgresMigrations, an_empty_database_gets_every_step_and_needs_no_extension) {
  EXPECT_EQ(migrate().pending, versions());
  EXPECT_THAT(migrate().pending, IsEmpty());
  EXPECT_EQ(migrate().applied, versions());
  EXPECT_THAT(ask("SELECT extname FROM pg_extension WHERE extname <> 'plpgsql'"), IsEmpty());
}

TEST_F(PostgresMigrations, whoever_ran_the_printed_schema_goes_on_with_her_rows) {
  ask(text_of_file("tests/seed/initial_schema.sql"));
  ask(rows_of_guide);
  const auto plan = migrate();
  EXPECT_THAT(plan.applied, ElementsAre("001_initial"));
  EXPECT_THAT(plan.pending, SizeIs(steps.size() - 1));

  const ConnectionFilter all{.user = {}, .include_inactive = true};
  const auto listed = run_to_end(loop_, store_->connections().list(everyone_, all));
  ASSERT_THAT(listed, SizeIs(2));
  EXPECT_EQ(listed[0].gmail_address, "a@gmail.com");
  EXPECT_TRUE(listed[0].is_active());
  EXPECT_THAT(listed[0].scopes, ElementsAre("s", "t"));
  EXPECT_EQ(to_iso8601(*listed[0].token_expires_at), "2026-11-21T20:37:52.735Z");
  EXPECT_EQ(listed[1].status, model::ConnectionStatus::disconnected);
  const auto stored = run_to_end(loop_, store_->connections().credential(everyone_, listed[0].id));
  EXPECT_EQ(stored->ciphertexts.refresh_token, "refresh");
  auto without_dashes = listed[0].id.str();
  without_dashes.erase(std::remove(without_dashes.begin(), without_dashes.end(), '-'),
                       without_dashes.end());
  const model::ConnectionId as_in_sqlite{without_dashes};
  EXPECT_EQ(run_to_end(loop_, store_->connections().find(everyone_, as_in_sqlite))->id,
            listed[0].id)
      << "ids that came from SQLite go on being found";
  EXPECT_EQ(run_to_end(loop_, store_->flows().pending(everyone_)), 0);

  ask("INSERT INTO users (external_user_id) VALUES ('by hand')");
  EXPECT_THAT(ask("SELECT id FROM users WHERE external_user_id = 'by hand'"), SizeIs(1))
      << "the default of the guide's own extension goes on working";
}

TEST_F(PostgresMigrations, a_view_of_the_printed_tables_is_in_nobody_s_way) {
  ask(text_of_file("tests/seed/initial_schema.sql"));
  ask("CREATE VIEW addresses AS SELECT gmail_address, email FROM connections, users");
  EXPECT_THAT(migrate().pending, SizeIs(steps.size() - 1));
}

TEST_F(PostgresMigrations, every_state_leads_on_by_the_program_and_by_its_script) {
  for (std::size_t done = 0; done <= steps.size(); ++done) {
    use(new_database());
    for (std::size_t step = 0; step < done; ++step) ask(postgres_step(step));
    EXPECT_THAT(migrate().pending, SizeIs(steps.size() - done)) << done;

    use(new_database());
    for (std::size_t step = 0; step < done; ++step) ask(postgres_step(step));
    ask(script());
    ask(script());
    EXPECT_THAT(migrate().pending, IsEmpty()) << done;
  }
  use(new_database());
  ask(text_of_file("tests/seed/initial_schema.sql"));
  ask(rows_of_guide);
  ask(script());
  EXPECT_THAT(migrate().pending, IsEmpty());
  EXPECT_THAT(ask("SELECT 1 FROM connections"), SizeIs(2));
}

TEST_F(PostgresMigrations, of_processes_that_start_together_one_makes_each_step) {
  const sql::testing::PgBouncer pooler{server()};
  const std::string ways[] = {url_, pooler.url(url_), url_, pooler.url(url_)};
  std::barrier start{static_cast<std::ptrdiff_t>(std::size(ways))};
  std::atomic<std::size_t> applied = 0;
  std::vector<std::thread> threads;
  for (const auto& way : ways) {
    threads.emplace_back([&] {
      const auto log = Log::silent();
      const SystemClock clock;
      boost::asio::io_context loop;
      start.arrive_and_wait();
      const auto store = run_to_end(loop, open(place(way), clock, *log, {}));
      applied += run_to_end(loop, store->migrate()).pending.size();
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(applied, steps.size());
}

TEST_F(PostgresMigrations, what_is_another_program_s_is_refused_and_left_as_it_was) {
  const std::string foreign[] = {
      "CREATE TABLE users (login TEXT)",                   // somebody's own table
      "CREATE TABLE connections (id UUID, user_id UUID)",  // half of ours
      "CREATE TABLE schema_migrations (name TEXT)",        // another tool's journal
      "CREATE TABLE schema_migrations (version TEXT); INSERT INTO schema_migrations VALUES ('x')"};
  for (const auto& sql : foreign) {
    use(new_database());
    ask(sql);
    const auto before = ask("SELECT relname FROM pg_class ORDER BY 1");
    const auto refused = refusal();
    ASSERT_TRUE(refused) << sql;
    EXPECT_EQ(refused->code, Errc::misconfigured) << sql;
    EXPECT_FALSE(refused->hint.empty());
    EXPECT_EQ(ask("SELECT relname FROM pg_class ORDER BY 1"), before);
  }
}

TEST_F(PostgresMigrations, a_newer_program_s_database_is_refused) {
  migrate();
  ask("INSERT INTO schema_migrations (version) VALUES ('999_future')");
  EXPECT_THAT(refusal()->message, HasSubstr("newer version"));
}

TEST_F(PostgresMigrations, a_step_that_is_made_by_halves_is_made_not_at_all) {
  for (std::size_t step = 0; step < 3; ++step) ask(postgres_step(step));
  // What the fourth step makes stands in its own way, under a name that no plan can see.
  ask("CREATE INDEX idx_spent_sends_hour ON users (id)");
  EXPECT_TRUE(refusal());
  EXPECT_THAT(ask("SELECT to_regclass('spent_sends') IS NULL"), ElementsAre("t"));
  EXPECT_EQ(look().plan.applied.size(), 3U);
  ask("DROP INDEX idx_spent_sends_hour");
  EXPECT_THAT(migrate().pending, SizeIs(steps.size() - 3));
}

TEST_F(PostgresMigrations, who_may_not_make_tables_is_told_what_to_grant) {
  ask("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'guest') THEN "
      "CREATE ROLE guest LOGIN; END IF; END $$");
  const auto owned = url_;
  auto as_guest = owned;
  as_guest.replace(as_guest.find("postgres@"), 9, "guest@");
  use(as_guest);
  EXPECT_EQ(refusal()->code, Errc::misconfigured);
  EXPECT_THAT(refusal()->message, HasSubstr("GRANT CREATE ON SCHEMA"));
  EXPECT_THAT(look().server.refusals, Contains(HasSubstr("GRANT CREATE ON SCHEMA")));
  ask("GRANT CREATE ON SCHEMA public TO guest");
  EXPECT_EQ(migrate().pending, versions());

  // Somebody else's tables can be read, but not changed.
  const auto others = new_database();
  use(others);
  ask(text_of_file("tests/seed/initial_schema.sql"));
  ask("GRANT ALL ON SCHEMA public TO guest; GRANT ALL ON ALL TABLES IN SCHEMA public TO guest");
  as_guest = others;
  as_guest.replace(as_guest.find("postgres@"), 9, "guest@");
  use(as_guest);
  const auto refused = refusal();
  EXPECT_EQ(refused->code, Errc::misconfigured) << refused->message;
}

// --- who else may look
// -------------------------------------------------------------------------------

TEST_F(PostgresMigrations, nothing_of_ours_is_open_to_the_browser_s_roles) {
  ask(as_in_supabase);
  migrate();
  EXPECT_THAT(look().server.warnings, IsEmpty());
  EXPECT_THAT(ask("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = "
                  "'public'::regnamespace AND NOT relrowsecurity"),
              IsEmpty());
  EXPECT_THAT(ask("SELECT c.relname FROM pg_class AS c, unnest(ARRAY['anon', 'authenticated']) "
                  "AS r WHERE c.relkind IN ('r', 'v') AND c.relnamespace = 'public'::regnamespace "
                  "AND has_any_column_privilege(r, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES')"),
              IsEmpty());
  EXPECT_THAT(ask("SELECT c.relname FROM pg_class AS c, unnest(ARRAY['anon', 'authenticated']) "
                  "AS r WHERE c.relkind = 'S' AND c.relnamespace = 'public'::regnamespace "
                  "AND has_sequence_privilege(r, c.oid, 'USAGE, SELECT, UPDATE')"),
              IsEmpty());
  EXPECT_THAT(ask("SELECT p.proname FROM pg_proc AS p, unnest(ARRAY['anon', 'authenticated']) AS r "
                  "WHERE p.pronamespace = 'public'::regnamespace "
                  "AND has_function_privilege(r, p.oid, 'EXECUTE')"),
              IsEmpty());
  EXPECT_THAT(ask("SELECT p.proname FROM pg_proc AS p WHERE p.pronamespace = "
                  "'public'::regnamespace AND p.prosecdef"),
              IsEmpty());
}

TEST_F(PostgresMigrations, what_is_open_is_told_with_the_words_that_close_it) {
  ask(as_in_supabase);
  migrate();
  ask("ALTER TABLE sends DISABLE ROW LEVEL SECURITY; GRANT SELECT ON users TO anon; "
      "GRANT INSERT (gmail_address) ON connections TO authenticated; GRANT SELECT ON leases TO "
      "PUBLIC; CREATE FUNCTION gmail_mcp_run() RETURNS INTEGER LANGUAGE SQL AS 'SELECT 1'; "
      "CREATE TABLE somebody_s (id TEXT)");
  const auto told = look().server.warnings;
  EXPECT_THAT(told, Contains(HasSubstr("ALTER TABLE sends ENABLE ROW LEVEL SECURITY;")));
  EXPECT_THAT(told, Contains(HasSubstr("REVOKE ALL ON users FROM anon;")));
  EXPECT_THAT(told, Contains(HasSubstr("REVOKE ALL ON connections FROM authenticated;")));
  EXPECT_THAT(told, Contains(HasSubstr("REVOKE ALL ON leases FROM PUBLIC")));
  EXPECT_THAT(told, Contains(HasSubstr("gmail_mcp_run")));
  EXPECT_THAT(told, Each(::testing::Not(HasSubstr("somebody_s")))) << "nobody's business";
}

TEST_F(PostgresMigrations, a_user_from_whom_the_rows_are_hidden_is_told_so) {
  migrate();
  ask("DO $$ BEGIN IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'reader') THEN "
      "CREATE ROLE reader LOGIN; END IF; END $$; GRANT ALL ON ALL TABLES IN SCHEMA public TO "
      "reader");
  auto as_reader = url_;
  as_reader.replace(as_reader.find("postgres@"), 9, "reader@");
  use(as_reader);
  EXPECT_THAT(refusal()->message, HasSubstr("BYPASSRLS"));
  ask("ALTER ROLE reader BYPASSRLS");
  EXPECT_FALSE(refusal());
}

TEST_F(PostgresMigrations, a_pooler_is_seen_and_nothing_else_is_taken_for_one) {
  const sql::testing::PgBouncer pooler{server()};
  EXPECT_THAT(look().server_in_words, ::testing::MatchesRegex("PostgreSQL [0-9.]+"));
  const auto direct = url_;
  use(pooler.url(direct));
  EXPECT_THAT(look().server_in_words, HasSubstr("a pooler"));
  EXPECT_THAT(look().server.warnings, IsEmpty());
}

// --- servers that will not do
// ------------------------------------------------------------------------

TEST_F(PostgresMigrations, a_database_that_cannot_hold_every_letter_is_refused) {
  server().ask("postgres", "CREATE DATABASE of_c LOCALE 'C' ENCODING 'UTF8' TEMPLATE template0");
  server().ask("postgres",
               "CREATE DATABASE of_latin LOCALE 'C' ENCODING 'LATIN1' TEMPLATE template0");
  made_.push_back(server().url("of_c"));
  made_.push_back(server().url("of_latin"));
  use(server().url("of_c"));
  EXPECT_EQ(refusal()->code, Errc::misconfigured);
  EXPECT_THAT(refusal()->message, HasSubstr("LC_CTYPE"));
  EXPECT_THAT(look().server.refusals, Contains(HasSubstr("LC_CTYPE")));
  use(server().url("of_latin"));
  EXPECT_THAT(refusal()->message, HasSubstr("LATIN1"));
  EXPECT_THAT(ask("SELECT relname FROM pg_class WHERE relname = 'users'"), IsEmpty());
}

}  // namespace
}  // namespace gmail_mcp::store
