#include "surface/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/connection_house_test.h"
#include "surface/answer.h"
#include "surface/home_page.h"
#include "surface/tool_line.h"
#include "tools/catalog.h"

namespace gmail_mcp::surface {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Pages, nothing_is_written_unescaped) {
  Page page;
  const std::string hostile = "<script>alert('x')</script>\"&";
  page.title = hostile;
  page.paragraphs = {hostile};
  page.facts = {{hostile, hostile}};
  page.main_fact = {hostile, hostile};
  page.list_title = hostile;
  page.list = {hostile};
  page.warnings = {hostile};
  page.letters = {{hostile, hostile}};
  page.buttons = {{hostile, hostile}};
  page.kept = {hostile};
  page.button = hostile;
  page.action = hostile;
  page.hidden = {{hostile, hostile}};
  page.footnote = hostile;
  page.alert = hostile;
  page.steps = {{hostile, {hostile, hostile}}};
  page.inputs = {{.name = hostile, .label = hostile, .value = hostile, .note = hostile}};
  page.other_way = {hostile, hostile};
  const auto html = render(page).body;
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("alert('"), std::string::npos);
}

TEST(Pages, forbid_scripts_frames_and_referrers) {
  const auto response = render(Page{});
  EXPECT_NE(response.headers.get("content-security-policy").find("default-src 'none'"),
            std::string::npos);
  EXPECT_EQ(response.headers.get("x-frame-options"), "DENY");
  EXPECT_EQ(response.headers.get("referrer-policy"), "no-referrer");
  EXPECT_EQ(response.headers.get("cache-control"), "no-store");
}

std::string home(bool people_sign_in) {
  http::test::House house;
  const WebOptions options{"Example", "https://mail.test"};
  const HomePage page{options, people_sign_in};
  house.router = {};
  house.router.add("GET", "/", [&](http::Exchange& exchange) { return page.show(exchange); });
  house.open();
  house.send("GET / HTTP/1.1\r\nHost: evil.test\r\nConnection: close\r\n\r\n");
  while (!house.over) {
    house.loop.restart();
    house.loop.run_one();
  }
  return house.received();
}

TEST(Pages, who_opens_the_server_in_a_browser_is_told_what_it_is_and_where_clients_go) {
  for (const bool people_sign_in : {false, true}) {
    const auto page = home(people_sign_in);
    EXPECT_THAT(page, StartsWith("HTTP/1.1 200"));
    EXPECT_THAT(page, AllOf(HasSubstr("<strong>https://mail.test/mcp</strong>"),
                            Not(HasSubstr("evil.test"))));
    EXPECT_EQ(page.find("sign in with Google") != std::string::npos, people_sign_in);
  }
}

TEST(Pages, links_to_do_something_open_beside_the_page_and_links_onwards_in_its_tab) {
  Page page;
  page.steps = {{"Make one:", {"Step", "https://google.test/"}}};
  page.other_way = {"Back", "https://client.test/callback?error=access_denied"};
  const auto html = render(page).body;
  EXPECT_THAT(html, HasSubstr("<a href=\"https://google.test/\" target=\"_blank\""));
  EXPECT_THAT(html, HasSubstr("error=access_denied\">Back</a>"));
}

TEST(Pages, the_browser_goes_to_what_was_wrong) {
  Page page;
  EXPECT_THAT(render(page).body, Not(HasSubstr("autofocus")));
  page.alert = "It was refused.";
  EXPECT_THAT(render(page).body, HasSubstr("autofocus>It was refused."));
}

TEST(Pages, are_for_browsers_and_not_for_programs) {
  http::RequestHead head;
  EXPECT_FALSE(reads_pages(head));
  for (const auto* of_a_program : {"*/*", "text/event-stream", "application/json",
                                   "application/json, text/event-stream, text/html"}) {
    head.headers.set("Accept", of_a_program);
    EXPECT_FALSE(reads_pages(head)) << of_a_program;
  }
  head.headers.set("Accept", "Text/HTML,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8");
  EXPECT_TRUE(reads_pages(head));
}

TEST(Pages, tell_a_failure_to_people_without_what_programs_should_do) {
  const auto lost = error_page({Errc::not_found, "There is no such page.", "GET /tools"}, 404);
  EXPECT_EQ(lost.status, 404);
  EXPECT_THAT(lost.body, AllOf(HasSubstr("There is no such page."), HasSubstr("copied whole"),
                               Not(HasSubstr("GET /tools"))));
  const auto busy = error_page({Errc::unavailable, "The database does not answer.", "x"}, 503);
  EXPECT_THAT(busy.body, AllOf(HasSubstr("at the moment"), HasSubstr("try again"),
                               HasSubstr("The database does not answer.")));
  const auto large = error_page({Errc::too_large, "Too large.", "Send less."}, 413);
  EXPECT_THAT(large.body, AllOf(HasSubstr("This did not work"), HasSubstr("Send less.")));
}

TEST(Answers, every_code_has_the_status_of_the_contract) {
  EXPECT_EQ(http_status(Errc::invalid_argument), 400);
  EXPECT_EQ(http_status(Errc::unauthenticated), 401);
  EXPECT_EQ(http_status(Errc::insufficient_scope), 403);
  EXPECT_EQ(http_status(Errc::not_found), 404);
  EXPECT_EQ(http_status(Errc::outcome_unknown), 409);
  EXPECT_EQ(http_status(Errc::reconnect_required), 409);
  EXPECT_EQ(http_status(Errc::too_large), 413);
  EXPECT_EQ(http_status(Errc::unsupported), 422);
  EXPECT_EQ(http_status(Errc::rate_limited), 429);
  EXPECT_EQ(http_status(Errc::internal), 500);
  EXPECT_EQ(http_status(Errc::misconfigured), 503);
  EXPECT_EQ(http_status(Errc::timeout), 504);
  const auto limited = error_response(
      Error{Errc::rate_limited, "Rate limited."}.with_retry_after(std::chrono::seconds{7}));
  EXPECT_EQ(limited.headers.get("retry-after"), "7");
}

TEST(ToolLine, arguments_are_pairs_or_one_object) {
  const auto send = tools::gmail_send::tool();
  const auto pairs = tool_arguments(send, {"--to", "a@example.org", "--to=b@example.org",
                                           "--body-html", "<p>", "--subject", "x"});
  EXPECT_EQ(pairs.at("to").as_array().size(), 2U);
  EXPECT_EQ(pairs.at("body_html").as_string(), "<p>");
  EXPECT_EQ(tool_arguments(send, {R"({"subject":"y"})"}).at("subject").as_string(), "y");
  EXPECT_THROW(tool_arguments(send, {"to", "x"}), Error);
}

}  // namespace
}  // namespace gmail_mcp::surface
