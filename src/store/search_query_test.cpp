#include "store/search_query.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::store {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Kind = SearchQuery::Condition::Kind;

SearchQuery read(std::string_view text) {
  auto query = parse_search(text);
  EXPECT_TRUE(query) << text << ": " << (query ? "" : query.error().message);
  return query ? *query : SearchQuery{};
}

std::string refusal(std::string_view text) {
  const auto query = parse_search(text);
  if (query) return "";
  EXPECT_EQ(query.error().code, Errc::unsupported) << text;
  EXPECT_THAT(query.error().hint, HasSubstr("gmail_search"));
  return query.error().message;
}

TEST(SearchQuery, reads_operators_and_words) {
  const auto query = read(R"(From:priya to:"Carl Orff" -subject:draft subject:"the plan" invoice)");
  ASSERT_THAT(query.conditions, SizeIs(2));
  EXPECT_EQ(query.conditions[0].kind, Kind::from);
  EXPECT_EQ(query.conditions[0].value, "priya");
  EXPECT_EQ(query.conditions[1].kind, Kind::to);
  EXPECT_EQ(query.conditions[1].value, "Carl Orff");
  ASSERT_THAT(query.terms, SizeIs(2));
  EXPECT_EQ(query.terms[0].text, "the plan");
  EXPECT_TRUE(query.terms[0].in_subject);
  EXPECT_FALSE(query.terms[0].is_prefix) << "a phrase is whole";
  EXPECT_EQ(query.terms[1].text, "invoice");
  EXPECT_TRUE(query.terms[1].is_prefix);
  ASSERT_THAT(query.excluded, SizeIs(1));
  EXPECT_TRUE(query.excluded[0].in_subject);
  EXPECT_FALSE(query.excluded[0].is_prefix) << "who leaves out a word means that word";
}

TEST(SearchQuery, short_words_and_numbers_are_whole) {
  for (const auto* text : {"ki", "4711", "number12", "30,50", "it's", "\"invoice\"", "会议"}) {
    EXPECT_FALSE(read(text).terms.at(0).is_prefix) << text;
  }
  for (const auto* text : {"kin", "invoice", "ki*", "47*", "\"due da\"*", "e-mail", "grü"}) {
    EXPECT_TRUE(read(text).terms.at(0).is_prefix) << text;
  }
}

TEST(SearchQuery, of_the_places_it_knows_four) {
  const auto query = read("in:inbox in:Sent -in:starred in:important has:attachment");
  ASSERT_THAT(query.conditions, SizeIs(5));
  EXPECT_EQ(query.conditions[0].value, "INBOX");
  EXPECT_EQ(query.conditions[1].kind, Kind::sent);
  EXPECT_TRUE(query.conditions[2].is_excluded);
  EXPECT_EQ(query.conditions[4].kind, Kind::attachment);
}

TEST(SearchQuery, days_begin_at_midnight_utc) {
  const auto day = [](const char* text) { return *parse_iso8601(text); };
  EXPECT_EQ(read("after:2026/11/01 before:2026-11-30").after, day("2026-11-01T00:00:00Z"));
  EXPECT_EQ(read("after:2026/11/01 before:2026-11-30").before, day("2026-11-30T00:00:00Z"));
  EXPECT_EQ(read("newer:2026/1/5 older:2026/2/1").after, day("2026-01-05T00:00:00Z"));
  EXPECT_EQ(read("after:1767225600").after, day("2026-01-01T00:00:00Z"));
  EXPECT_EQ(read("-after:2026/11/01").before, day("2026-11-01T00:00:00Z"));
  EXPECT_EQ(read("after:2026/11/01 after:2026/11/03").after, day("2026-11-03T00:00:00Z"));
  for (const auto* wrong : {"after:yesterday", "before:2026/02/30", "after:2026", "after:2026/1-5",
                            "after:2026/11/01x", "before:99999999999999999999", "after:-5/1/1"}) {
    const auto query = parse_search(wrong);
    ASSERT_FALSE(query) << wrong;
    EXPECT_EQ(query.error().code, Errc::invalid_argument) << wrong;
  }
}

TEST(SearchQuery, a_colon_that_belongs_to_no_operator_is_punctuation) {
  for (const auto* text : {"10:30", "http://x.example/from:y", "re:plan", "\"from:bob\"",
                           "note:to:self", "a|b", "and or not"}) {
    const auto query = read(text);
    EXPECT_THAT(query.conditions, IsEmpty()) << text;
    EXPECT_FALSE(query.terms.empty()) << text;
  }
}

TEST(SearchQuery, what_an_archive_cannot_do_is_refused_by_its_name) {
  for (const auto* name :
       {"is:unread", "label:work", "filename:pdf", "older_than:3d", "newer_than:1y", "larger:5m",
        "smaller:1m", "size:1000", "category:social", "list:dev", "deliveredto:a", "has:drive",
        "has:userlabels", "in:spam", "in:trash", "in:anywhere", "in:work"}) {
    EXPECT_EQ(refusal(name), "The archive cannot search by " + std::string{name} + ".");
    EXPECT_NE(refusal("words -" + std::string{name} + " more"), "");
  }
  EXPECT_EQ(refusal("rfc822msgid:<a@b>"), "The archive cannot search by rfc822msgid:.");
  EXPECT_EQ(refusal("a OR b"), "The archive cannot search by OR.");
  EXPECT_EQ(refusal("(a OR b)"), "The archive cannot search by OR.");
  EXPECT_EQ(refusal("from:(a OR b)"), "The archive cannot search by OR.");
  EXPECT_EQ(refusal("a AROUND 5 b"), "The archive cannot search by AROUND.");
  EXPECT_THAT(refusal("{from:a from:b}"), HasSubstr("{ }"));
  EXPECT_THAT(refusal("from:{a b}"), HasSubstr("{ }"));
  EXPECT_THAT(refusal("-(a b)"), HasSubstr("-( )"));
  EXPECT_THAT(refusal("-from:(a b)"), HasSubstr("-( )"));
}

TEST(SearchQuery, groups_of_what_must_all_be_there_are_read) {
  const auto query = read("subject:(plan \"for may\") (from:bob) AND (x yes)");
  ASSERT_THAT(query.conditions, SizeIs(1));
  EXPECT_EQ(query.conditions[0].value, "bob");
  ASSERT_THAT(query.terms, SizeIs(4));
  EXPECT_EQ(query.terms[0].text, "plan");
  EXPECT_TRUE(query.terms[1].in_subject);
  EXPECT_FALSE(query.terms[2].in_subject);
  EXPECT_EQ(query.terms[3].text, "yes");
}

TEST(SearchQuery, an_operator_without_a_value_says_so) {
  for (const auto* text : {"from:", "from: bob", "subject: plan", "x has:"}) {
    const auto query = parse_search(text);
    ASSERT_FALSE(query) << text;
    EXPECT_EQ(query.error().code, Errc::invalid_argument);
  }
  EXPECT_FALSE(parse_search("from:\"\"")) << "nothing to look for";
}

TEST(SearchQuery, me_is_the_account) {
  auto query = read("from:me -to:ME cc:me bcc:me from:meg to:\"me too\" in:sent me");
  read_me_as(query, "ann@x.example");
  ASSERT_THAT(query.conditions, SizeIs(7));
  EXPECT_EQ(query.conditions[0].kind, Kind::sent);
  EXPECT_EQ(query.conditions[1].value, "ann@x.example");
  EXPECT_TRUE(query.conditions[1].is_excluded);
  EXPECT_EQ(query.conditions[2].value, "ann@x.example");
  EXPECT_EQ(query.conditions[3].value, "ann@x.example");
  EXPECT_TRUE(query.conditions[2].is_whole);
  EXPECT_EQ(query.conditions[4].value, "meg");
  EXPECT_FALSE(query.conditions[4].is_whole);
  EXPECT_EQ(query.conditions[5].value, "me too");
  EXPECT_EQ(query.terms.at(0).text, "me") << "a word is a word";
  EXPECT_THAT(how_searched(query), HasSubstr("from:me, -to:ann@x.example"));
  EXPECT_THAT(how_searched(query), HasSubstr("in:sent"));
}

TEST(SearchQuery, says_how_it_was_searched) {
  const auto said =
      how_searched(read("invoice \"due date\" -paid from:Priya -in:inbox after:2026/11/01"));
  EXPECT_THAT(said, HasSubstr("what begins with \"invoice\""));
  EXPECT_THAT(said, HasSubstr("exactly \"due date\""));
  EXPECT_THAT(said, HasSubstr("without \"paid\""));
  EXPECT_THAT(said, HasSubstr("from:Priya, -in:inbox, from 2026-11-01T00:00:00Z on"));
  EXPECT_THAT(said, HasSubstr("gmail_search"));
}

}  // namespace
}  // namespace gmail_mcp::store
