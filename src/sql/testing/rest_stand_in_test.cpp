// What PostgREST's own tests and documentation promise of POST /rpc (test/spec/Feature/Query/
// RpcSpec.hs, Feature/Auth/AuthSpec.hs, docs/references/errors.rst and auth.rst of
// github.com/PostgREST/postgrest, commit 483467890; facts only), asked of the stand-in. Bodies are
// compared as JSON.
#include "sql/testing/rest_stand_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "http/client.h"
#include "sql/testing/stand_in_project.h"

namespace gmail_mcp::sql::testing {
namespace {

constexpr char functions[] = R"sql(
CREATE FUNCTION sayhello(name TEXT) RETURNS TEXT LANGUAGE sql AS $$ SELECT 'Hello, ' || $1 $$;
CREATE FUNCTION add_them(a INTEGER, b INTEGER) RETURNS INTEGER LANGUAGE sql AS $$ SELECT a + b $$;
CREATE FUNCTION with_default(a INTEGER DEFAULT 7) RETURNS INTEGER LANGUAGE sql AS $$ SELECT a $$;
CREATE FUNCTION ret_void() RETURNS void LANGUAGE sql AS '';
CREATE FUNCTION ret_null() RETURNS INTEGER LANGUAGE sql AS $$ SELECT NULL::INTEGER $$;
CREATE FUNCTION ret_setof_integers() RETURNS SETOF INTEGER LANGUAGE sql AS $$ VALUES (1), (2), (3) $$;
CREATE FUNCTION test_empty_rowset() RETURNS SETOF INTEGER LANGUAGE sql AS $$ SELECT 1 WHERE false $$;
CREATE FUNCTION json_argument(arg JSON) RETURNS TEXT LANGUAGE sql AS $$ SELECT json_typeof(arg) $$;
CREATE FUNCTION unnamed_json_param(JSON) RETURNS JSON LANGUAGE sql AS $$ SELECT $1 $$;
CREATE FUNCTION as_it_is(arg JSON) RETURNS JSON LANGUAGE sql AS $$ SELECT arg $$;
CREATE FUNCTION single() RETURNS TABLE(id INTEGER, name TEXT) LANGUAGE sql AS $$ SELECT 1, 'one' $$;
CREATE FUNCTION problem() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'bad thing'; END $$;
CREATE FUNCTION broken_assert() RETURNS void LANGUAGE plpgsql AS $$ BEGIN ASSERT false; END $$;
CREATE FUNCTION payment() RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE SQLSTATE 'PT402' USING message = 'Payment Required', detail = 'Quota exceeded',
    hint = 'Upgrade your plan'; END $$;
CREATE FUNCTION bad_status() RETURNS void LANGUAGE plpgsql AS $$ BEGIN RAISE SQLSTATE 'PT40A'; END $$;
CREATE FUNCTION fails_with(code TEXT) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
  RAISE EXCEPTION USING errcode = code, message = 'on purpose'; END $$;
CREATE TABLE counted (n INTEGER PRIMARY KEY);
CREATE FUNCTION callcounter() RETURNS BIGINT LANGUAGE plpgsql AS $$ BEGIN
  INSERT INTO counted SELECT count(*) FROM counted; RETURN (SELECT count(*) FROM counted); END $$;
CREATE FUNCTION get_guc_value(name TEXT) RETURNS TEXT LANGUAGE sql AS $$ SELECT current_setting(name) $$;
CREATE FUNCTION privileged_hello(name TEXT) RETURNS TEXT LANGUAGE sql AS $$ SELECT 'Privileged hello to ' || $1 $$;
REVOKE ALL ON FUNCTION privileged_hello(TEXT) FROM PUBLIC, anon, authenticated;
GRANT ALL ON counted TO service_role;
)sql";

struct Asked {
  const char* about;
  const char* method;
  const char* path;
  const char* key;  // s: the secret key, p: the publishable one, and so on: see key_named
  const char* body;
  int status;
  const char* answer;  // JSON; "" for an empty body
  const char* header = "";
  const char* value = "";
};

const std::vector<Asked> table{
    {"text", "POST", "sayhello", "s", R"({"name":"world"})", 200, R"("Hello, world")",
     "Content-Type", "application/json; charset=utf-8"},
    {"unicode", "POST", "sayhello", "s", R"({"name":"￥"})", 200, R"("Hello, ￥")"},
    {"a scalar counts as one row", "POST", "add_them", "s", R"({"a":3,"b":4})", 200, "7",
     "Content-Range", "0-0/*"},
    {"numbers as text", "POST", "add_them", "s", R"({"a":"3","b":"4"})", 200, "7"},
    {"only the first of a list", "POST", "add_them", "s", R"([{"a":1,"b":2},{"a":4,"b":6}])", 200,
     "3"},
    {"a default", "POST", "with_default", "s", "{}", 200, "7"},
    {"an empty body", "POST", "with_default", "s", "", 200, "7"},
    {"void", "POST", "ret_void", "s", "{}", 204, ""},
    {"null", "POST", "ret_null", "s", "{}", 200, "null"},
    {"a set of scalars", "POST", "ret_setof_integers", "s", "{}", 200, "[1,2,3]", "Content-Range",
     "0-2/*"},
    {"an empty set", "POST", "test_empty_rowset", "s", "{}", 200, "[]", "Content-Range", "*/*"},
    {"a table", "POST", "single", "s", "{}", 200, R"([{"id":1,"name":"one"}])"},
    {"embedded JSON", "POST", "json_argument", "s", R"({"arg":{"key":3}})", 200, R"("object")"},
    {"quoted JSON", "POST", "json_argument", "s", R"({"arg":"{\"key\":3}"})", 200, R"("string")"},
    {"one unnamed parameter takes the body", "POST", "unnamed_json_param", "s", R"({"A":1,"B":2})",
     200, R"({"A":1,"B":2})"},
    {"GET", "GET", "add_them?a=3&b=4", "s", "", 200, "7"},
    {"GET must not change", "GET", "callcounter", "s", "", 405,
     R"({"code":"25006","details":null,"hint":null,
         "message":"cannot execute INSERT in a read-only transaction"})"},
    {"POST may", "POST", "callcounter", "s", "{}", 200, "1"},
    {"and runs once", "POST", "callcounter", "s", "{}", 200, "2"},
    {"the method is told", "POST", "get_guc_value", "s", R"({"name":"request.method"})", 200,
     R"("POST")"},
    {"the path is told", "POST", "get_guc_value", "s", R"({"name":"request.path"})", 200,
     R"("/rpc/get_guc_value")"},
    {"the role of a secret key", "POST", "get_guc_value", "s", R"({"name":"role"})", 200,
     R"("service_role")"},
    {"the role of a service_role token", "POST", "get_guc_value", "service", R"({"name":"role"})",
     200, R"("service_role")"},
    {"the role of a publishable key", "POST", "get_guc_value", "p", R"({"name":"role"})", 200,
     R"("anon")"},
    {"DELETE", "DELETE", "sayhello", "s", "", 405,
     R"({"code":"PGRST101","details":null,"hint":null,
         "message":"Cannot use the DELETE method on RPC"})"},
    {"PATCH", "PATCH", "sayhello", "s", "{}", 405,
     R"({"code":"PGRST101","details":null,"hint":null,
         "message":"Cannot use the PATCH method on RPC"})"},
    {"bad JSON", "POST", "sayhello", "s", "sdfsdf", 400,
     R"({"code":"PGRST102","details":null,"hint":null,"message":"Empty or invalid json"})"},
    {"an unknown function", "POST", "fakefunc", "s", "{}", 404,
     R"({"code":"PGRST202","details":"Searched for the function public.fakefunc without parameters or with a single unnamed json/jsonb parameter, but no matches were found in the schema cache.","hint":null,
         "message":"Could not find the function public.fakefunc without parameters in the schema cache"})",
     "Proxy-Status", "PostgREST; error=PGRST202"},
    {"unknown arguments", "GET", "add_them?a=1&b=2&smthelse=blabla", "s", "", 404,
     R"({"code":"PGRST202","details":"Searched for the function public.add_them with parameters a, b, smthelse, but no matches were found in the schema cache.","hint":null,
         "message":"Could not find the function public.add_them(a, b, smthelse) in the schema cache"})"},
    {"raise", "POST", "problem", "s", "{}", 400,
     R"({"code":"P0001","details":null,"hint":null,"message":"bad thing"})"},
    {"assert", "POST", "broken_assert", "s", "{}", 500,
     R"({"code":"P0004","details":null,"hint":null,"message":"assertion failed"})"},
    {"raise with a status", "POST", "payment", "s", "{}", 402,
     R"({"code":"PT402","details":"Quota exceeded","hint":"Upgrade your plan",
         "message":"Payment Required"})"},
    {"raise without one", "POST", "bad_status", "s", "{}", 500,
     R"({"code":"PT40A","details":null,"hint":null,"message":"PT40A"})"},
    {"not for anon", "POST", "privileged_hello", "p", R"({"name":"x"})", 401,
     R"({"code":"42501","details":null,"hint":null,
         "message":"permission denied for function privileged_hello"})",
     "WWW-Authenticate", "Bearer"},
    {"nor for authenticated", "POST", "privileged_hello", "authenticated", R"({"name":"x"})", 403,
     R"({"code":"42501","details":null,"hint":null,
         "message":"permission denied for function privileged_hello"})"},
    {"an unknown role", "POST", "sayhello", "unknown", R"({"name":"x"})", 401,
     R"({"code":"22023","details":null,"hint":null,"message":"role \"unknown\" does not exist"})"},
    {"expired", "POST", "sayhello", "expired", R"({"name":"x"})", 401,
     R"({"code":"PGRST303","details":null,"hint":null,"message":"JWT expired"})",
     "WWW-Authenticate", R"(Bearer error="invalid_token", error_description="JWT expired")"},
    {"two parts", "POST", "sayhello", "two", R"({"name":"x"})", 401,
     R"({"code":"PGRST301","details":null,"hint":null,"message":"Expected 3 parts in JWT; got 2"})"},
    {"another secret", "POST", "sayhello", "forged", R"({"name":"x"})", 401,
     R"({"code":"PGRST301","details":"None of the keys was able to decode the JWT","hint":null,
         "message":"No suitable key or wrong key type"})"},
    {"no apikey", "POST", "sayhello", "none", R"({"name":"x"})", 401,
     R"({"message":"No API key found in request",
         "hint":"No `apikey` request header or url param was found."})"},
    {"a wrong apikey", "POST", "sayhello", "wrong", R"({"name":"x"})", 401,
     R"({"message":"Invalid API key",
         "hint":"Double check your Supabase `anon` or `service_role` API key."})"},
};

class RestStandInTest : public ::testing::Test {
 protected:
  RestStandInTest() { project_.run(functions); }

  http::Headers headers_of(std::string_view key) {
    const RestStandInOptions options;
    const auto with = [](const std::string& apikey, const std::string& token) {
      return http::Headers{{"apikey", apikey}, {"Authorization", "Bearer " + token}};
    };
    const auto& secret = options.secret_key;
    if (key == "s") return with(secret, secret);
    if (key == "p") return with(options.publishable_key, options.publishable_key);
    if (key == "none") return {};
    if (key == "wrong") return with("sb_secret_of_another", "sb_secret_of_another");
    if (key == "two") return with(secret, "a.b");
    if (key == "forged") {
      auto token = rest().token_of("service_role");
      token.back() = token.back() == 'A' ? 'B' : 'A';
      token[token.size() - 5] = token[token.size() - 5] == 'x' ? 'y' : 'x';
      return with(secret, token);
    }
    if (key == "expired") return with(secret, rest().token_of("service_role", 1));
    const auto role = key == "service" ? std::string{"service_role"} : std::string{key};
    if (key == "service") return with(rest().token_of(role), rest().token_of(role));
    return with(options.publishable_key, rest().token_of(role));
  }

  http::ClientResponse send(const std::string& method, const std::string& path,
                            http::Headers headers, const std::string& body) {
    http::ClientRequest request;
    request.method = method;
    request.url = rest().url() + "/rest/v1/rpc/" + path;
    if (headers.find("Content-Type") == nullptr) headers.add("Content-Type", "application/json");
    request.headers = std::move(headers);
    request.body = body;
    boost::asio::io_context loop;
    const auto client = http::make_client(loop, {});
    return run_to_end(loop, client->send(std::move(request)));
  }

  RestStandIn& rest() { return project_.rest(); }

  StandInProject project_;
};

boost::json::value json_of(std::string_view text) {
  boost::system::error_code failure;
  auto value = boost::json::parse(text, failure);
  return failure ? boost::json::value(text) : value;
}

TEST_F(RestStandInTest, answers_as_postgrests_own_specification_says) {
  for (const auto& one : table) {
    const auto response = send(one.method, one.path, headers_of(one.key), one.body);
    EXPECT_EQ(response.status, one.status) << one.about;
    EXPECT_EQ(json_of(response.body), json_of(one.answer)) << one.about;
    if (*one.header != '\0') {
      EXPECT_EQ(response.headers.get(one.header), one.value) << one.about;
    }
  }
}

TEST_F(RestStandInTest, gives_the_status_that_the_documentation_has_for_each_class_of_errors) {
  const std::vector<std::pair<const char*, int>> statuses{
      {"08006", 503}, {"09000", 500}, {"0L000", 403}, {"0P000", 403}, {"23503", 409},
      {"23505", 409}, {"23502", 400}, {"22P02", 400}, {"25006", 405}, {"25P02", 500},
      {"28000", 403}, {"2D000", 500}, {"38000", 500}, {"39000", 500}, {"3B000", 500},
      {"40001", 500}, {"40P01", 500}, {"53300", 503}, {"53400", 500}, {"54000", 500},
      {"55000", 500}, {"57014", 500}, {"57P01", 503}, {"58030", 500}, {"F0000", 500},
      {"HV000", 500}, {"P0001", 400}, {"P0002", 500}, {"XX000", 500}, {"42P01", 404},
      {"42883", 404}, {"42501", 403}, {"GM001", 400}};
  for (const auto& [code, status] : statuses) {
    const auto body = std::string{R"({"code":")"} + code + R"("})";
    const auto response = send("POST", "fails_with", headers_of("s"), body);
    EXPECT_EQ(response.status, status) << code;
    EXPECT_EQ(json_of(response.body).at("code"), code);
  }
}

TEST_F(RestStandInTest, finds_a_new_function_when_it_is_told_to_look_again) {
  EXPECT_EQ(send("POST", "later", headers_of("s"), "{}").status, 404);
  project_.run("CREATE FUNCTION later() RETURNS INTEGER LANGUAGE sql AS $$ SELECT 1 $$");
  EXPECT_EQ(send("POST", "later", headers_of("s"), "{}").status, 404);
  project_.run("NOTIFY pgrst, 'reload schema'");
  EXPECT_EQ(send("POST", "later", headers_of("s"), "{}").status, 200);
}

TEST_F(RestStandInTest, changes_nothing_of_the_json_that_a_function_returns) {
  const std::string body = R"({"arg":{"b": 1,  "a":9007199254740993, "b":2.50}})";
  EXPECT_EQ(send("POST", "as_it_is", headers_of("s"), body).body,
            R"({"b": 1,  "a":9007199254740993, "b":2.50})");
}

TEST_F(RestStandInTest, refuses_other_schemas_and_other_types) {
  auto headers = headers_of("s");
  headers.add("Content-Profile", "private");
  const auto schema = send("POST", "ret_null", headers, "{}");
  EXPECT_EQ(schema.status, 406);
  EXPECT_EQ(json_of(schema.body).at("code"), "PGRST106");
  headers = headers_of("s");
  headers.add("Accept", "audio/mpeg");
  const auto type = send("POST", "ret_null", headers, "{}");
  EXPECT_EQ(type.status, 406);
  EXPECT_EQ(json_of(type.body).at("code"), "PGRST107");
  headers = headers_of("s");
  headers.add("Content-Type", "application/xml");
  EXPECT_EQ(send("POST", "ret_null", headers, "{}").status, 400);
}

}  // namespace
}  // namespace gmail_mcp::sql::testing
