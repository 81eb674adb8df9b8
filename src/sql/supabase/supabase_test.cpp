#include "sql/supabase/supabase.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/error.h"
#include "sql/supabase/names.h"
#include "sql/supabase/script.h"
#include "sql/testing/stand_in_project.h"

namespace gmail_mcp::sql {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::RestStandInOptions;
using ::testing::SizeIs;
using testing::StandInProject;

constexpr char things[] =
    "CREATE TABLE things (id UUID PRIMARY KEY DEFAULT uuid_generate_v4(), name TEXT UNIQUE, "
    "size BIGINT NOT NULL DEFAULT 0, is_red BOOLEAN NOT NULL DEFAULT false, "
    "at TIMESTAMPTZ NOT NULL DEFAULT now()); "
    "ALTER TABLE things ENABLE ROW LEVEL SECURITY; "
    "REVOKE ALL ON things FROM anon, authenticated;";

constexpr Sql add{"things.add",
                  "INSERT INTO things (name, size, is_red, at) VALUES (?1, ?2, ?3, ?4) "
                  "RETURNING name, size, is_red, at"};
constexpr Sql grow{"things.grow", "UPDATE things SET size = size + 1 WHERE name = ?1"};
constexpr Sql list{
    "things.list",
    "SELECT name, size AS name, is_red, NULL, 1.5 FROM things ORDER BY things.name DESC"};
constexpr Sql find{"things.find", "SELECT size FROM things WHERE name = ?1"};
constexpr Sql find_by_id{"things.find_by_id", "SELECT name FROM things WHERE id = ?1"};
constexpr Sql say{"things.say", "SELECT ?1, ?2, ?1"};
constexpr Sql take{"things.take",
                   "WITH gone AS (DELETE FROM things WHERE name = ?1 RETURNING name, size) "
                   "SELECT name, size FROM gone"};
constexpr Sql switch_off{"things.switch_off", "SET LOCAL enable_seqscan = off"};
constexpr Sql is_switched{"things.is_switched", "SELECT current_setting('enable_seqscan')"};
constexpr Sql settings{"things.settings",
                       "SELECT current_setting('timezone'), current_setting('search_path'), "
                       "current_user"};
constexpr Sql wait{"things.wait", "SELECT pg_sleep(0.5)"};
constexpr Sql unknown{"things.unknown", "SELECT 1"};

const std::vector<Sql> statements{add,  grow,       list,        find,     find_by_id, say,
                                  take, switch_off, is_switched, settings, wait};
const std::vector<std::string> tables{"things"};

std::string script_of_things() {
  auto all = statements;
  all.push_back(supabase::list_columns);
  return supabase_script(all, tables);
}

// Made once; every test has a copy.
const StandInProject& with_things() {
  static const auto made = [] {
    auto project = std::make_unique<StandInProject>();
    project->run(things);
    project->run(script_of_things());
    return project;
  }();
  return *made;
}

class Supabase : public ::testing::Test {
 protected:
  Supabase() { open(project_.options()); }

  void open(SupabaseOptions options) { database_ = open_supabase(std::move(options), *log_); }
  void open_with(std::string key) {
    auto options = project_.options();
    options.key = Secret{std::move(key)};
    open(std::move(options));
  }

  template <class T>
  T answer(Task<T> task) {
    boost::asio::io_context loop;
    return run_to_end(loop, std::move(task));
  }
  template <class T>
  Error failure(Task<T> task) {
    try {
      answer(std::move(task));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was refused";
    return {Errc::internal, ""};
  }
  Rows add_one(const std::string& name) {
    return answer(database_->write(add, name, 1, true, Timestamp{std::chrono::milliseconds{123}}));
  }
  testing::RestStandIn& rest() { return project_.rest(); }
  static http::Response saying(int status, std::string body = {}) {
    http::Response response;
    response.status = status;
    response.body = std::move(body);
    return response;
  }

  std::unique_ptr<Log> log_ = Log::silent();
  StandInProject project_{with_things()};
  std::unique_ptr<Database> database_;
};

TEST_F(Supabase, gives_what_a_change_returns_with_its_types) {
  const auto rows = add_one("a'b\\c\"d\n");
  ASSERT_THAT(rows, SizeIs(1));
  EXPECT_EQ(rows[0][0].text(), "a'b\\c\"d\n");
  EXPECT_EQ(rows[0][1].integer(), 1);
  EXPECT_TRUE(rows[0][2].boolean());
  EXPECT_EQ(to_iso8601(rows[0][3].time()), "1970-01-01T00:00:00.123Z");
}

TEST_F(Supabase, keeps_the_order_of_rows_and_of_columns_with_the_same_name) {
  for (const auto* name : {"b", "a", "c"}) add_one(name);
  const auto rows = answer(database_->read(list));
  ASSERT_THAT(rows, SizeIs(3));
  EXPECT_EQ(rows[0][0].text(), "c");
  EXPECT_EQ(rows[2][0].text(), "a");
  EXPECT_EQ(rows[2][1].integer(), 1);
  EXPECT_TRUE(rows[2][3].is_null());
  EXPECT_EQ(rows[2][4].real(), 1.5);
}

TEST_F(Supabase, takes_parameters_for_nothing_but_values) {
  for (const std::string text : {"'; DROP TABLE things; --", "\\'; SELECT 1; --", "?1", "$1", "E'",
                                 "a\\", "''", "\xC3\xA9\xE6\x9D\xB1"}) {
    const auto rows = answer(database_->read(say, text, nullptr));
    ASSERT_THAT(rows, SizeIs(1)) << text;
    EXPECT_EQ(rows[0][0].text(), text);
    EXPECT_TRUE(rows[0][1].is_null());
    EXPECT_EQ(rows[0][2].text(), text);
  }
}

TEST_F(Supabase, has_no_limit_of_a_thousand_rows) {
  project_.run("INSERT INTO things (name) SELECT n::text FROM generate_series(1, 2500) AS n");
  EXPECT_THAT(answer(database_->read(list)), SizeIs(2500));
}

TEST_F(Supabase, does_all_of_a_list_or_nothing) {
  std::vector<Statement> fails;
  fails.emplace_back(add, "new", 1, false, Timestamp{});
  fails.emplace_back(add, "new", 2, false, Timestamp{});
  EXPECT_EQ(failure(database_->atomically(std::move(fails))).code, Errc::conflict);
  EXPECT_THAT(answer(database_->read(find, "new")), IsEmpty());

  std::vector<Statement> works;
  works.emplace_back(add, "new", 1, false, Timestamp{});
  works.emplace_back(grow, "new");
  works.emplace_back(find, "new");
  works.emplace_back(take, "new");
  works.emplace_back(find, "new");
  const auto results = answer(database_->atomically(std::move(works)));
  ASSERT_THAT(results, SizeIs(5));
  EXPECT_THAT(results[1], IsEmpty());
  EXPECT_EQ(results[2][0][0].integer(), 2);
  EXPECT_EQ(results[3][0][1].integer(), 2);
  EXPECT_THAT(results[4], IsEmpty());
}

TEST_F(Supabase, an_error_of_the_function_does_not_bring_what_was_to_be_stored) {
  // PostgreSQL's log has the same lines. In two pieces, because the refused text is quoted.
  const auto call = fmt::format(
      "json_build_object('name', 'things.add', 'digest', '{:016x}', 'parameters', "
      "json_build_array('quok' || 'kas', '1', '0', '2026-01-01T00:00:00Z'))",
      add.digest());
  try {
    project_.run("SELECT gmail_mcp_run(json_build_array(" + call + ", " + call + "))");
    FAIL();
  } catch (const std::exception& error) {
    const std::string said = error.what();
    EXPECT_NE(said.find("gmail_mcp_run could not run things.add."), std::string::npos) << said;
    EXPECT_EQ(said.find("quokkas"), std::string::npos) << said;
  }
}

TEST_F(Supabase, sends_one_request_for_each_call) {
  const auto before = rest().seen().size();
  std::vector<Statement> several(20, Statement{find, "x"});
  answer(database_->atomically(std::move(several)));
  answer(database_->read(find, "x"));
  EXPECT_EQ(rest().seen().size(), before + 2);
}

TEST_F(Supabase, keeps_switches_within_one_call) {
  std::vector<Statement> both;
  both.emplace_back(switch_off);
  both.emplace_back(is_switched);
  EXPECT_EQ(answer(database_->atomically(std::move(both)))[1][0][0].text(), "off");
  EXPECT_EQ(answer(database_->read(is_switched))[0][0].text(), "on");
}

TEST_F(Supabase, runs_as_the_caller_with_a_fixed_path_in_utc) {
  const auto rows = answer(database_->read(settings));
  EXPECT_EQ(rows[0][0].text(), "UTC");
  EXPECT_EQ(rows[0][1].text(), "public, pg_temp");
  EXPECT_EQ(rows[0][2].text(), "service_role");
}

TEST_F(Supabase, finds_no_row_by_an_id_that_is_none_and_does_the_rest) {
  EXPECT_THAT(answer(database_->read(find_by_id, "no-uuid")), IsEmpty());
  add_one("x");
  std::vector<Statement> three;
  three.emplace_back(grow, "x");
  three.emplace_back(find_by_id, "no-uuid");
  three.emplace_back(find, "x");
  const auto results = answer(database_->atomically(std::move(three)));
  ASSERT_THAT(results, SizeIs(3));
  EXPECT_THAT(results[1], IsEmpty());
  EXPECT_EQ(results[2][0][0].integer(), 2);
}

TEST_F(Supabase, knows_its_tables) {
  const auto found = answer(database_->tables());
  ASSERT_TRUE(found.contains("things"));
  EXPECT_TRUE(found.at("things").contains("is_red"));
  EXPECT_TRUE(found.contains("gmail_mcp_statements"));
}

TEST_F(Supabase, takes_keys_of_both_kinds) {
  for (const auto& key : {RestStandInOptions{}.secret_key, rest().token_of("service_role")}) {
    open_with(key);
    EXPECT_THAT(answer(database_->read(list)), IsEmpty());
  }
}

TEST_F(Supabase, sends_what_the_official_client_sends) {
  answer(database_->read(find, "x"));
  const auto seen = rest().seen().back();
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.path, "/rest/v1/rpc/gmail_mcp_run");
  const auto& key = RestStandInOptions{}.secret_key;
  EXPECT_EQ(seen.headers.get("apikey"), key);
  EXPECT_EQ(seen.headers.get("Authorization"), "Bearer " + key);
  EXPECT_EQ(seen.headers.get("Content-Type"), "application/json");
  EXPECT_EQ(seen.headers.get("Content-Profile"), "public");
}

TEST_F(Supabase, says_which_setting_is_wrong_when_the_key_is) {
  const std::vector<std::pair<std::string, const char*>> keys{
      {"sb_secret_of_another", "does not accept the key"},
      {rest().token_of("anon"), "may not call"},
      {rest().token_of("authenticated"), "does not accept"},
      {rest().token_of("service_role", 1), "does not accept"}};
  for (const auto& [key, sentence] : keys) {
    open_with(key);
    const auto error = failure(database_->read(find, "x"));
    EXPECT_EQ(error.code, Errc::misconfigured);
    EXPECT_THAT(error.message, HasSubstr(sentence));
    EXPECT_THAT(error.hint, HasSubstr("GMAIL_MCP_STORAGE_SUPABASE_KEY"));
    EXPECT_THAT(error.message + error.hint + error.detail, Not(HasSubstr(key)));
  }
}

TEST_F(Supabase, refuses_settings_that_cannot_be_right) {
  const auto code = [&](const std::string& url, const std::string& key) {
    SupabaseOptions options;
    options.url = url;
    options.key = Secret{key};
    try {
      open_supabase(std::move(options), *log_);
    } catch (const Error& error) {
      return error.code;
    }
    return Errc::internal;
  };
  EXPECT_EQ(code("https://abc.supabase.co", ""), Errc::misconfigured);
  EXPECT_EQ(code("https://abc.supabase.co", "sb_publishable_x"), Errc::misconfigured);
  EXPECT_EQ(code("https://abc.supabase.co", "two words"), Errc::misconfigured);
  EXPECT_EQ(code("http://abc.supabase.co", "k"), Errc::misconfigured);
  EXPECT_EQ(code("abc.supabase.co", "k"), Errc::misconfigured);
  EXPECT_EQ(code("https://supabase.com/dashboard/project/abc", "k"), Errc::misconfigured);
  EXPECT_EQ(code("https://abc.supabase.co/rest/v1/", "k"), Errc::internal) << "it was taken";
  EXPECT_EQ(code("http://127.0.0.1:54321", "k"), Errc::internal) << "it was taken";
}

TEST_F(Supabase, says_what_to_run_when_the_project_lacks_something) {
  const auto error = failure(database_->read(unknown));
  EXPECT_EQ(error.code, Errc::misconfigured);
  EXPECT_THAT(error.message, HasSubstr("statements of this version"));
  EXPECT_THAT(error.hint, HasSubstr("gmail-mcp migrate --print"));

  project_.run("DROP TABLE things");
  EXPECT_THAT(failure(database_->read(list)).message, HasSubstr("tables"));

  project_.run("DROP FUNCTION gmail_mcp_run(json, boolean); NOTIFY pgrst, 'reload schema'");
  EXPECT_THAT(failure(database_->read(list)).message, HasSubstr("gmail_mcp_run"));
}

TEST_F(Supabase, cannot_change_the_schema_and_says_so_before_asking) {
  const auto before = rest().seen().size();
  const auto error = failure(database_->write("CREATE TABLE x (a TEXT)"));
  EXPECT_EQ(error.code, Errc::misconfigured);
  EXPECT_THAT(error.hint, HasSubstr("SQL editor"));
  EXPECT_EQ(rest().seen().size(), before);
}

TEST_F(Supabase, serves_two_versions_side_by_side) {
  static constexpr Sql newer{"things.find", "SELECT size + 100 FROM things WHERE name = ?1"};
  const std::vector<Sql> newer_statements{newer};
  project_.run(supabase_script(newer_statements, tables));
  add_one("x");
  EXPECT_EQ(answer(database_->read(find, "x"))[0][0].integer(), 1);
  EXPECT_EQ(answer(database_->read(newer, "x"))[0][0].integer(), 101);
}

TEST_F(Supabase, script_may_be_run_as_often_as_one_likes) {
  add_one("x");
  for (int i = 0; i < 2; ++i) project_.run(script_of_things());
  EXPECT_EQ(answer(database_->read(find, "x"))[0][0].integer(), 1);
}

TEST_F(Supabase, reads_are_asked_again_when_the_project_is_away_for_a_moment) {
  for (const int status : {503, 520}) {
    const auto before = rest().seen().size();
    rest().answer_next(saying(status, "<html>"));
    EXPECT_THAT(answer(database_->read(find, "x")), IsEmpty());
    const auto seen = rest().seen();
    ASSERT_EQ(seen.size(), before + 2);
    EXPECT_EQ(seen.back().headers.get("X-Retry-Count"), "1");
  }
  rest().drop_next();
  EXPECT_THAT(answer(database_->read(find, "x")), IsEmpty());
}

TEST_F(Supabase, reads_end_after_three_more_tries) {
  const auto before = rest().seen().size();
  rest().answer_next(saying(503), 9);
  EXPECT_EQ(failure(database_->read(find, "x")).code, Errc::unavailable);
  EXPECT_EQ(rest().seen().size(), before + 4);
}

TEST_F(Supabase, reads_do_not_wait_longer_than_anybody_waits_for_them) {
  auto again = saying(503);
  again.headers.add("Retry-After", "60");
  rest().answer_next(again);
  const auto error = failure(database_->read(find, "x"));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_EQ(error.retry_after, std::chrono::seconds{60});
}

TEST_F(Supabase, changes_are_never_sent_twice) {
  rest().answer_next(saying(503));
  const auto before = rest().seen().size();
  EXPECT_EQ(failure(database_->write(grow, "x")).code, Errc::unavailable);
  EXPECT_EQ(rest().seen().size(), before + 1);
  rest().answer_next(saying(504, "<html>"));
  EXPECT_THAT(failure(database_->write(grow, "x")).message, HasSubstr("may have been made"));
  EXPECT_EQ(rest().seen().size(), before + 2);

  rest().drop_next();
  const auto error =
      failure(database_->write(add, "once", 1, false, Timestamp{std::chrono::milliseconds{1}}));
  EXPECT_EQ(error.code, Errc::unavailable);
  EXPECT_THAT(error.message, HasSubstr("may have been made"));
  EXPECT_EQ(rest().seen().size(), before + 3);
  EXPECT_THAT(answer(database_->read(find, "once")), SizeIs(1));
}

TEST_F(Supabase, a_transaction_that_lost_against_another_is_repeated) {
  add_one("x");
  for (const auto* code : {"40001", "40P01"}) {
    rest().answer_next(saying(500, std::string{R"({"code":")"} + code + R"("})"), 2);
    answer(database_->write(grow, "x"));
  }
  EXPECT_EQ(answer(database_->read(find, "x"))[0][0].integer(), 3);
}

TEST_F(Supabase, deadlocks_end_with_both_changes_made) {
  add_one("a");
  add_one("b");
  const auto grow_both = [&](const char* first, const char* second) {
    for (int i = 0; i < 20; ++i) {
      std::vector<Statement> both;
      both.emplace_back(grow, first);
      both.emplace_back(grow, second);
      answer(database_->atomically(std::move(both)));
    }
  };
  std::thread other{[&] { grow_both("b", "a"); }};
  grow_both("a", "b");
  other.join();
  EXPECT_EQ(answer(database_->read(find, "a"))[0][0].integer(), 41);
  EXPECT_EQ(answer(database_->read(find, "b"))[0][0].integer(), 41);
}

TEST_F(Supabase, is_unavailable_when_nothing_answers_in_time) {
  auto options = project_.options();
  options.answer_within = std::chrono::milliseconds{100};
  open(options);
  EXPECT_EQ(failure(database_->read(wait)).code, Errc::unavailable);
  EXPECT_EQ(failure(database_->write(wait)).code, Errc::unavailable);
  options.url = "http://127.0.0.1:1";
  open(options);
  EXPECT_EQ(failure(database_->write(grow, "x")).code, Errc::unavailable);
  EXPECT_EQ(failure(database_->read(find, "x")).code, Errc::unavailable);
}

TEST_F(Supabase, answers_many_at_once) {
  boost::asio::io_context loop;
  std::vector<Task<Rows>> tasks;
  for (int i = 0; i < 200; ++i) tasks.push_back(database_->read(find, "x"));
  EXPECT_THAT(run_to_end(loop, run_all(std::move(tasks))), SizeIs(200));
}

TEST_F(Supabase, lets_nobody_but_service_role_near_what_the_script_makes) {
  for (const auto* role : {"anon", "authenticated"}) {
    const auto rights = project_.run(
        std::string{"SELECT has_function_privilege('"} + role +
        "', 'gmail_mcp_run(json, boolean)', 'EXECUTE') OR has_table_privilege('" + role +
        "', 'gmail_mcp_statements', 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, "
        "REFERENCES, TRIGGER')");
    EXPECT_EQ(rights.front(), "f") << role;
  }
  EXPECT_EQ(project_
                .run("SELECT relrowsecurity FROM pg_class WHERE relname = "
                     "'gmail_mcp_statements'")
                .front(),
            "t");
  EXPECT_EQ(project_.run("SELECT prosecdef FROM pg_proc WHERE proname = 'gmail_mcp_run'").front(),
            "f");
  EXPECT_EQ(project_
                .run("SELECT has_table_privilege('service_role', 'gmail_mcp_statements', "
                     "'INSERT, UPDATE, DELETE')")
                .front(),
            "f");
}

}  // namespace
}  // namespace gmail_mcp::sql
