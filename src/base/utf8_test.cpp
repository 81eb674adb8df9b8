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

// A text is looked at eight bytes at a time, so what is looked for stands at each place of texts of
// each length.
TEST(Utf8, ascii_ends_at_the_first_byte_that_is_none) {
  for (std::size_t length = 0; length < 20; ++length) {
    const std::string ascii(length, '\x7F');
    EXPECT_EQ(ascii_prefix(ascii), length);
    for (std::size_t at = 0; at < length; ++at) {
      for (const char other : {'\x80', '\xFF'}) {
        auto text = ascii;
        text[at] = other;
        EXPECT_EQ(ascii_prefix(text), at);
        text.back() = other;
        EXPECT_EQ(ascii_prefix(text), at);
      }
    }
  }
}

TEST(Utf8, printable_ascii_ends_at_a_control_character_or_beyond_ascii) {
  for (std::size_t length = 0; length < 20; ++length) {
    const std::string printable(length, length % 2 == 0 ? ' ' : '~');
    EXPECT_EQ(printable_ascii_prefix(printable), length);
    for (std::size_t at = 0; at < length; ++at) {
      for (const char other : {'\x1F', '\x7F', '\x80', '\xFF', '\0', '\n'}) {
        auto text = printable;
        text[at] = other;
        EXPECT_EQ(printable_ascii_prefix(text), at);
      }
    }
  }
}

TEST(Utf8, what_is_well_formed_ends_before_the_first_byte_that_is_not) {
  for (std::size_t before = 0; before < 20; ++before) {
    const std::string ascii(before, 'a');
    for (const std::string_view character : {"\xC3\xBC", "\xE2\x82\xAC", "\xF0\x9F\x98\x80"}) {
      const auto text = ascii + std::string{character} + "bcdefghijk";
      EXPECT_EQ(valid_utf8_prefix(text), text.size());
      EXPECT_EQ(valid_utf8_prefix(text.substr(0, before + 1)), before);
      EXPECT_EQ(valid_utf8_prefix(text.substr(0, before + character.size()) + "\x80"),
                before + character.size());
      EXPECT_EQ(repair_utf8(text + "\x80z\xE2\x82"),
                text + "\xEF\xBF\xBDz\xEF\xBF\xBD\xEF\xBF\xBD");
    }
  }
  for (const std::string_view bad : {"\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                                     "\xFF", "\xF0\x80\x80\x80", "\xC1\xBF"}) {
    EXPECT_EQ(valid_utf8_prefix(bad), 0U);
  }
}

}  // namespace
}  // namespace gmail_mcp
