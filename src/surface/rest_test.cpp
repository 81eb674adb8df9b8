#include "surface/rest.h"

#include <gtest/gtest.h>

#include <new>

#include "http/connection_house_test.h"
#include "operation/testing/house_bench.h"
#include "prompts/catalog.h"
#include "resources/catalog.h"
#include "tools/catalog.h"

namespace gmail_mcp::surface {
namespace {

// A server with an incomplete set-up: every request that reaches a tool gets 503.
class RestTest : public testing::Test {
 protected:
  RestTest() {
    rules_.callers.allow_unauthenticated = true;
    const Error missing{Errc::misconfigured, "Not yet.", "Later."};
    bench_.services.state.emplace<operation::Unready>(operation::Unready{missing});
    add_rest_routes(house_.router, catalog_, bench_.services, rules_, "http://localhost:8000");
  }

  std::string ask(std::string_view line, std::string_view fields, std::string_view body) {
    return house_.talk(std::string{line} + " HTTP/1.1\r\nHost: localhost:8000\r\n" +
                           std::string{fields} + "Content-Length: " + std::to_string(body.size()) +
                           "\r\n\r\n" + std::string{body},
                       1 << 20);
  }
  static int status(std::string_view answer) {
    return std::stoi(std::string{answer.substr(answer.find(' ') + 1, 3)});
  }

  const operation::Catalog catalog_{tools::catalog(), resources::catalog(), prompts::catalog()};
  http::test::House house_;
  DoorRules rules_;
  operation::testing::HouseBench bench_{house_.loop, house_.clock, *house_.log};
};

TEST_F(RestTest, a_body_is_taken_as_application_json_only) {
  const std::string line = "POST /tools/gmail_list_connections";
  for (const auto* type : {"application/json", "Application/JSON; charset=utf-8"}) {
    EXPECT_EQ(status(ask(line, "Content-Type: " + std::string{type} + "\r\n", "{}")), 503) << type;
  }
  for (const auto* fields :
       {"", "Content-Type: text/plain\r\n", "Content-Type: application/x-www-form-urlencoded\r\n",
        "Content-Type: application/jsonp\r\n", "Content-Type: multipart/form-data; boundary=x\r\n",
        "Content-Type: application/json\r\nContent-Type: text/plain\r\n"}) {
    EXPECT_EQ(status(ask(line, fields, "{}")), 415) << fields;
    EXPECT_EQ(status(ask("POST /accounts", fields, "{}")), 415) << fields;
    EXPECT_EQ(status(ask("DELETE /accounts/x", fields, "{}")), 415) << fields;
  }
}

struct Word {
  std::string word;

  static auto fields() { return schema::Fields{schema::field("word", &Word::word)}; }
};

Task<Word> exhaust(operation::Call& /*call*/, Word /*arguments*/) {
  throw std::bad_alloc{};
  co_return Word{};
}

TEST(RestMemory, a_tool_that_finds_no_memory_is_answered_503) {
  auto tool = operation::operation<Word, Word>({.name = "exhaust",
                                                .title = "Exhaust",
                                                .description = "",
                                                .toolset = operation::Toolset::read,
                                                .effect = operation::Effect::reads},
                                               exhaust, [](Errc) { return boost::json::object{}; });
  std::vector<operation::Operation> tools;
  tools.push_back(std::move(tool));
  const operation::Catalog catalog{std::move(tools), {}, {}};
  http::test::House house;
  DoorRules rules;
  rules.callers.allow_unauthenticated = true;
  operation::testing::HouseBench bench{house.loop, house.clock, *house.log};
  add_rest_routes(house.router, catalog, bench.services, rules, "http://localhost:8000");
  const auto answer = house.talk(
      "POST /tools/exhaust HTTP/1.1\r\nHost: localhost:8000\r\nContent-Length: 0\r\n\r\n", 1 << 20);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 503 ")) << answer;
  EXPECT_NE(answer.find(R"("code":"unavailable")"), std::string::npos) << answer;
}

TEST_F(RestTest, an_empty_body_needs_no_type) {
  EXPECT_EQ(status(ask("POST /tools/gmail_list_connections", "", "")), 503);
  EXPECT_EQ(status(ask("DELETE /accounts/x", "", "")), 503);
}

TEST_F(RestTest, another_type_is_answered_by_the_line_that_works) {
  const std::pair<const char*, const char*> hosts[] = {
      {"localhost:8000", "http://localhost:8000"},
      {"your-mcp-server:8080", "http://your-mcp-server:8080"}};
  for (const auto& [host, url] : hosts) {
    const auto answer =
        house_.talk("POST /tools/gmail_list_connections HTTP/1.1\r\nHost: " + std::string{host} +
                        "\r\nContent-Length: 2\r\n\r\n{}",
                    1 << 20);
    EXPECT_NE(
        answer.find("curl --json '{}' " + std::string{url} + "/tools/gmail_list_connections\""),
        std::string::npos)
        << answer;
  }
}

TEST_F(RestTest, arguments_in_the_address_of_what_has_a_body_are_refused_and_not_repeated) {
  for (const auto* line : {"POST /accounts?app_password=hush", "POST /tools/gmail_send?to=hush",
                           "DELETE /accounts/x?reason=hush", "POST /accounts/x/fetch?hush"}) {
    const auto answer = ask(line, "", "");
    EXPECT_EQ(status(answer), 400) << line;
    EXPECT_EQ(answer.find("hush"), std::string::npos) << line;
  }
  EXPECT_EQ(status(ask("GET /accounts?user_id=ann", "", "")), 503);
}

TEST_F(RestTest, json_is_nothing_else_to_a_browser) {
  for (const auto* line : {"GET /tools", "GET /openapi.json", "GET /health/live",
                           "POST /tools/gmail_list_connections"}) {
    const auto answer = ask(line, "", "");
    EXPECT_NE(answer.find("X-Content-Type-Options: nosniff"), std::string::npos) << line;
    EXPECT_NE(answer.find("Cross-Origin-Resource-Policy: same-origin"), std::string::npos) << line;
  }
}

TEST_F(RestTest, a_name_given_twice_is_a_bad_request_at_any_depth) {
  const std::string json = "Content-Type: application/json\r\n";
  for (const auto* body : {R"({"user_id":"a","user_id":"b"})", R"({"x":[{"y":1,"y":2}]})"}) {
    EXPECT_EQ(status(ask("POST /tools/gmail_list_connections", json, body)), 400) << body;
  }
}

}  // namespace
}  // namespace gmail_mcp::surface
