#include "base/utf8.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace gmail_mcp {
namespace {

std::string as_utf8(char32_t c) {
  std::string out;
  append_utf8(out, c);
  return out;
}

TEST(Utf8, a_character_becomes_one_to_four_bytes) {
  EXPECT_EQ(as_utf8('~'), "~");
  EXPECT_EQ(as_utf8(0x7F), "\x7F");
  EXPECT_EQ(as_utf8(0x80), "\xC2\x80");
  EXPECT_EQ(as_utf8(U'ü'), "ü");
  EXPECT_EQ(as_utf8(0x7FF), "\xDF\xBF");
  EXPECT_EQ(as_utf8(0x800), "\xE0\xA0\x80");
  EXPECT_EQ(as_utf8(U'€'), "€");
  EXPECT_EQ(as_utf8(0xFFFF), "\xEF\xBF\xBF");
  EXPECT_EQ(as_utf8(0x10000), "\xF0\x90\x80\x80");
  EXPECT_EQ(as_utf8(U'😀'), "😀");
  EXPECT_EQ(as_utf8(0x10FFFF), "\xF4\x8F\xBF\xBF");
}

TEST(Utf8, half_a_pair_of_utf_16_is_written_as_something_that_repair_removes) {
  EXPECT_FALSE(is_valid_utf8(as_utf8(0xD800)));
  EXPECT_TRUE(is_valid_utf8(repair_utf8(as_utf8(0xD800))));
}

}  // namespace
}  // namespace gmail_mcp
