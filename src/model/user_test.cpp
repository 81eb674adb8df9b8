#include "model/user.h"

#include <gtest/gtest.h>

namespace gmail_mcp::model {
namespace {

std::string fault_of(const std::string& text) {
  const auto parsed = parse_user_id(text);
  if (parsed.has_value()) return "";
  EXPECT_EQ(parsed.error().code, Errc::invalid_argument);
  EXPECT_NE(parsed.error().hint, "");
  return parsed.error().message;
}

TEST(UserId, is_taken_as_it_stands) {
  for (const auto* text :
       {"user-123", "alice@example.org", "Ann Morgan", "{b2a54da8-0df9}", "a", "Zo\xc3\xab",
        "\xe5\xb1\xb1\xe7\x94\xb0", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x94\xac", "a\xc2\xa0z"}) {
    EXPECT_EQ(fault_of(text), "") << text;
    EXPECT_EQ(parse_user_id(text).value().str(), text);
  }
  EXPECT_EQ(fault_of(std::string(255, 'a')), "");
}

TEST(UserId, is_refused_with_the_reason_where_two_could_look_the_same) {
  const std::string space = "The user_id begins or ends with white space.";
  for (const auto* text : {" alice", "alice ", "\talice", "alice\n", "alice\u00a0", "\u3000alice",
                           "alice\u2028", "alice\u200b", "\ufeffalice", " "}) {
    EXPECT_EQ(fault_of(text), space) << text;
  }
  const std::string control = "The user_id holds a control character.";
  for (const auto& text :
       {std::string{"al\0ice", 6}, std::string{"al\nice"}, std::string{"al\x7fice"},
        std::string{"al\xc2\x85ice"}, std::string{"al\x1b[0mice"}}) {
    EXPECT_EQ(fault_of(text), control) << text;
  }
  for (const auto* text :
       {"al\u202eice", "al\u200fice", "al\u2066ice", "al\u061cice", "\u200ealice"}) {
    EXPECT_EQ(fault_of(text), "The user_id holds a character that turns the direction of writing.")
        << text;
  }
  // e and a combining mark; a Hangul syllable of two letters; the sign for ångström.
  for (const auto* text : {"Zoe\u0308", "\u1100\u1161", "\u212b"}) {
    EXPECT_EQ(fault_of(text), "The user_id is not in the Unicode normal form NFC.") << text;
  }
  for (const auto* text : {"al\xffice", "al\xc3", "\xed\xa0\x80", "\xc0\xaf"}) {
    EXPECT_EQ(fault_of(text), "The user_id is not valid UTF-8.") << text;
  }
  EXPECT_EQ(fault_of(""), "The user_id is empty.");
  EXPECT_EQ(fault_of(std::string(256, 'a')), "The user_id is longer than 255 bytes.");
}

}  // namespace
}  // namespace gmail_mcp::model
