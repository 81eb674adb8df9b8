#include "http/message.h"

#include <gtest/gtest.h>

#include "http/date.h"
#include "http/sse.h"
#include "http/url.h"

namespace gmail_mcp::http {
namespace {

TEST(Headers, names_compare_without_case_and_keep_their_order) {
  Headers headers{{"A", "1"}, {"b", "2"}, {"a", "3"}};
  EXPECT_EQ(headers.get("a"), "1");
  EXPECT_EQ(headers.count("A"), 2U);
  EXPECT_EQ(headers.find("c"), nullptr);
  EXPECT_EQ(headers.get("c"), "");
  headers.set("A", "4");
  EXPECT_EQ(headers.count("a"), 1U);
  EXPECT_EQ(headers.get("a"), "4");
  headers.remove("B");
  EXPECT_EQ(headers.size(), 1U);
}

TEST(Date, is_written_and_read_in_the_preferred_form) {
  const Timestamp time{std::chrono::seconds{784'111'777}};
  EXPECT_EQ(format_date(time), "Sun, 06 Nov 1994 08:49:37 GMT");
  EXPECT_EQ(parse_date("Sun, 06 Nov 1994 08:49:37 GMT"), time);
}

TEST(Date, anything_else_is_none) {
  for (const auto* text : {"", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun Nov  6 08:49:37 1994",
                           "Sun, 31 Feb 2025 08:49:37 GMT", "Sun, 06 Nov 1994 25:49:37 GMT",
                           "Sun, 06 Nix 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08:49:37 CET",
                           "Sun, -6 Nov 1994 08:49:37 GMT"}) {
    EXPECT_EQ(parse_date(text), std::nullopt) << text;
  }
}

TEST(Url, is_taken_apart) {
  const Url url = Url::parse("HTTPS://Example.COM:8443/a%20b/c?x=1&y#frag").value();
  EXPECT_EQ(url.scheme, "https");
  EXPECT_EQ(url.host, "example.com");
  EXPECT_EQ(url.port, 8443);
  EXPECT_EQ(url.path, "/a%20b/c");
  EXPECT_EQ(url.query, "x=1&y");
  EXPECT_EQ(url.origin(), "https://example.com:8443");
}

TEST(Url, has_its_schemes_port_and_a_path) {
  EXPECT_EQ(Url::parse("http://h").value().port, 80);
  EXPECT_EQ(Url::parse("https://h").value().port, 443);
  EXPECT_EQ(Url::parse("https://h").value().path, "/");
  EXPECT_EQ(Url::parse("https://h:443/").value().origin(), "https://h");
  EXPECT_EQ(Url::parse("https://[2001:DB8::1]:1/").value().origin(), "https://[2001:db8::1]:1");
}

TEST(Url, a_plain_target_is_what_parsing_gives_back) {
  for (const std::string target : {"/",     "/a/b?c=d",  "/%41",   "//x",   "/a%20b?q=1/2?3",
                                   "/?",    "/#f",       "/a?b#c", "",      "?q",
                                   "x",     "/ ",        "/%",     "/%4",   "/%4g",
                                   "/\x7f", "/\xc3\xa4", "/[",     "/a\\b", "/\"",
                                   "/<",    "/^",        "/`",     "/{|}"}) {
    const auto parsed = Url::parse("https://h" + target);
    const bool is_same =
        parsed && parsed->path + (parsed->query.empty() ? "" : "?" + parsed->query) == target;
    // It may be stricter than needed, but not laxer.
    if (is_plain_target(target)) {
      EXPECT_TRUE(is_same) << target;
    }
  }
  for (const auto* target : {"/", "/a/b?c=d", "/%41", "//x", "/a%20b?q=1/2?3"}) {
    EXPECT_TRUE(is_plain_target(target)) << target;
  }
}

TEST(Url, anything_that_is_not_absolute_http_is_refused) {
  for (const auto* text : {"", "/path", "//host/path", "ftp://host/", "https://", "https:///path",
                           "https://h:0/", "https://h:65536/", "https://h:x/", "https://user:pw@h/",
                           "https://h/ b", "mailto:a@b", "https://h%41/", "https://h\r\n/"}) {
    EXPECT_FALSE(Url::parse(text)) << text;
  }
}

TEST(Headers, the_last_element_is_found_over_all_fields_of_a_name) {
  const auto last = [](Headers headers) { return std::string{headers.last_element("x-list")}; };
  EXPECT_EQ(last({}), "");
  EXPECT_EQ(last({{"X-List", "a, b"}}), "b");
  EXPECT_EQ(last({{"X-List", "a, b"}, {"Other", "z"}, {"x-list", " c , d "}}), "d");
  EXPECT_EQ(last({{"X-List", "a"}, {"X-List", ""}}), "") << "what was written last says nothing";
  EXPECT_EQ(last({{"X-List", R"(for="a,b")"}}), R"(for="a,b")");
  EXPECT_EQ(last({{"X-List", R"(x, for="a\",b")"}}), R"(for="a\",b")");
}

TEST(Authority, is_a_host_and_perhaps_a_port) {
  EXPECT_EQ(Authority::parse("LocalHost:8000")->host, "localhost");
  EXPECT_EQ(Authority::parse("LocalHost:8000")->port, "8000");
  EXPECT_EQ(Authority::parse("[::1]:8000")->host, "::1");
  EXPECT_EQ(Authority::parse("gmail_mcp:")->host, "gmail_mcp");
  for (const auto* text :
       {"", ":80", "h:x", "h:80:81", "h:123456", "a@h", "h/", "h?x", "h#x", "h h", "[::1", "::1",
        "[h]", "[::1%25eth0]", "[::1]x", "h%41", "h\\x", "\"h\""}) {
    EXPECT_FALSE(Authority::parse(text)) << text;
  }
}

TEST(Url, loopback_is_what_cannot_leave_this_machine) {
  for (const auto* text : {"http://localhost/", "http://LOCALHOST:1/", "http://127.0.0.1/",
                           "http://127.9.9.9/", "http://[::1]/"}) {
    EXPECT_TRUE(Url::parse(text).value().is_loopback()) << text;
  }
  for (const auto* text :
       {"http://localhost.example.com/", "http://127.0.0.1.example.com/", "http://10.0.0.1/",
        "http://128.0.0.1/", "http://[::2]/", "http://0.0.0.0/", "http://127.1/"}) {
    const auto url = Url::parse(text);
    EXPECT_FALSE(url && url->is_loopback()) << text;
  }
}

TEST(Query, comes_back_as_it_was) {
  const QueryFields fields{{"a", "1"}, {"b c", "x&y=z+ü"}, {"empty", ""}};
  EXPECT_EQ(encode_query(fields), "a=1&b%20c=x%26y%3Dz%2B%C3%BC&empty=");
  EXPECT_EQ(decode_query(encode_query(fields)), fields);
}

TEST(Query, tolerates_what_is_common_and_refuses_broken_escapes) {
  const QueryFields fields{{"a", ""}, {"b", "x y"}, {"b", "2"}};
  EXPECT_EQ(decode_query("a&&b=x+y&b=2&"), fields);
  EXPECT_EQ(query_value(fields, "b"), "x y");
  EXPECT_EQ(query_value(fields, "z"), "");
  EXPECT_EQ(decode_query("a=%"), std::nullopt);
  EXPECT_EQ(decode_query("%zz=1"), std::nullopt);
}

TEST(Sse, an_event_has_its_fields_and_one_data_line_a_line) {
  EXPECT_EQ(sse_event("message", "one\ntwo\r\nthree\rfour", "7"),
            "event: message\nid: 7\ndata: one\ndata: two\ndata: three\ndata: four\n\n");
  EXPECT_EQ(sse_event("", "x"), "data: x\n\n");
  EXPECT_EQ(sse_event("", "", "7"), "id: 7\ndata: \n\n");
}

TEST(Sse, a_name_cannot_begin_another_field) {
  EXPECT_EQ(sse_event("a\ndata: evil", "x", "1\r2"), "event: adata: evil\nid: 12\ndata: x\n\n");
}

TEST(Sse, a_comment_is_seen_by_nobody) {
  EXPECT_EQ(sse_comment(), ":\n\n");
  EXPECT_EQ(sse_comment("still\nhere"), ": still\n: here\n\n");
}

}  // namespace
}  // namespace gmail_mcp::http
