#include "mcp/http_gate.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mcp {
namespace {

bool allowed(const SourceRule& rule, http::Headers headers, bool loopback = true) {
  http::RequestHead head;
  head.headers = std::move(headers);
  head.local_is_loopback = loopback;
  return !rule(head);
}

TEST(HostRule, OnLoopbackOnlyLoopbackNamesAreAnswered) {
  const auto rule = default_source_rule({}, {"mail.example"});
  for (const auto* host : {"localhost", "LOCALHOST:8000", "127.0.0.1:1", "127.8.0.1", "[::1]:8000",
                           "mail.example:443"}) {
    EXPECT_TRUE(allowed(rule, {{"Host", host}})) << host;
  }
  for (const auto* host : {"", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "user@localhost", "localhost/x", "localhost,evil", "[::2]", "::1"}) {
    EXPECT_FALSE(allowed(rule, {{"Host", host}})) << host;
  }
  EXPECT_FALSE(allowed(rule, {}));
  EXPECT_FALSE(allowed(rule, {{"Host", "localhost"}, {"Host", "localhost"}}));
}

TEST(HostRule, OnOtherSocketsTheNameIsNotOurs) {
  EXPECT_TRUE(allowed(default_source_rule(), {{"Host", "mail.example"}}, false));
}

TEST(HostRule, AnOriginIsAbsentOrAllowed) {
  const auto rule = default_source_rule({"https://app.example"});
  const auto from = [&](const char* origin, bool loopback) {
    return allowed(rule, {{"Host", "localhost"}, {"Origin", origin}}, loopback);
  };
  for (const bool loopback : {true, false}) {
    EXPECT_TRUE(from("http://localhost:6274", loopback));
    EXPECT_TRUE(from("http://127.0.0.1", loopback));
    EXPECT_TRUE(from("https://app.example", loopback));
    EXPECT_FALSE(from("http://app.example", loopback)) << "another scheme";
    EXPECT_FALSE(from("https://app.example:8443", loopback)) << "another port";
    EXPECT_FALSE(from("https://evil.example", loopback));
    EXPECT_FALSE(from("null", loopback));
    EXPECT_FALSE(from("", loopback));
  }
}

TEST(HostRule, TwoOriginsAreABadRequest) {
  http::RequestHead head;
  head.headers = {{"Origin", "http://localhost"}, {"Origin", "http://localhost"}};
  const auto refused = default_source_rule()(head);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->code, Errc::invalid_argument);
}

TEST(HostRule, ARefusalSaysWhatToDo) {
  http::RequestHead head;
  head.headers = {{"Origin", "https://evil.example"}};
  EXPECT_NE(default_source_rule()(head)->hint, "");
}

TEST(Preflight, AllowsTheHeaderThatNamesTheUser) {
  http::RequestHead head;
  head.headers = {{"Origin", "http://localhost"}};
  EXPECT_NE(
      preflight_answer(head).headers.get("Access-Control-Allow-Headers").find("x-gmail-mcp-user"),
      std::string_view::npos);
}

TEST(Accept, PicksWhatTheClientCanRead) {
  const auto reading = [](http::Headers headers) {
    const auto accepted = accepted_by(headers);
    return std::string{accepted.json ? "json " : ""} + (accepted.events ? "events" : "");
  };
  EXPECT_EQ(reading({}), "json events");
  EXPECT_EQ(reading({{"Accept", "*/*"}}), "json events");
  EXPECT_EQ(reading({{"Accept", "application/json, text/event-stream"}}), "json events");
  EXPECT_EQ(reading({{"Accept", "application/json"}, {"accept", "Text/Event-Stream;q=0.5"}}),
            "json events");
  EXPECT_EQ(reading({{"Accept", "application/*"}}), "json ");
  EXPECT_EQ(reading({{"Accept", "*/*, text/event-stream;q=0"}}), "json ");
  EXPECT_EQ(reading({{"Accept", "text/event-stream"}}), "events");
  EXPECT_EQ(reading({{"Accept", "text/html"}}), "");
}

TEST(DefaultErrorAnswer, SaysWhatToDo) {
  const auto answer = default_error_answer(Error{Errc::unauthenticated, "No.", "Sign in."});
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(answer.headers.get("WWW-Authenticate"), "Bearer");
  EXPECT_EQ(answer.body, R"({"error":"No.","code":"unauthenticated","hint":"Sign in."})");
  const auto slow = default_error_answer(
      Error{Errc::rate_limited, "Slow down."}.with_retry_after(std::chrono::seconds{7}));
  EXPECT_EQ(slow.status, 429);
  EXPECT_EQ(slow.headers.get("Retry-After"), "7");
}

TEST(DefaultErrorAnswer, SaysWhatIsWrongWithACredentialThatWasSent) {
  http::RequestHead head;
  head.headers.add("Authorization", "Bearer old");
  const auto old = default_error_answer(Error{Errc::unauthenticated, "No."}, head);
  EXPECT_EQ(old.headers.get("WWW-Authenticate"), "Bearer error=\"invalid_token\"");
  Error narrow{Errc::forbidden, "No."};
  narrow.missing_scope = "a b";
  EXPECT_EQ(default_error_answer(narrow, head).headers.get("WWW-Authenticate"),
            "Bearer error=\"insufficient_scope\", scope=\"a b\"");
}

}  // namespace
}  // namespace gmail_mcp::mcp
