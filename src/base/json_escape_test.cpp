#include "base/json_escape.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace gmail_mcp {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_json_escaped(out, text);
  return out;
}

TEST(JsonEscape, every_byte_is_escaped_or_not_wherever_it_stands) {
  for (int byte = 0; byte < 256; ++byte) {
    const std::string one(1, static_cast<char>(byte));
    const auto alone = escaped(one);
    const bool is_special = byte < 0x20 || byte == '"' || byte == '\\';
    EXPECT_EQ(alone.size() > 1, is_special) << byte;
    for (std::size_t before = 0; before < 10; ++before) {
      for (std::size_t after = 0; after < 10; ++after) {
        const std::string front(before, '!');
        const std::string back(after, '\xFF');
        EXPECT_EQ(escaped(fmt::format("{}{}{}", front, one, back)),
                  fmt::format("{}{}{}", front, alone, back));
        EXPECT_EQ(escaped(fmt::format("{}{}{}", back, one, front)),
                  fmt::format("{}{}{}", back, alone, front));
      }
    }
  }
  EXPECT_EQ(escaped("\"\\\b\f\n\r\t"), R"(\"\\\b\f\n\r\t)");
  EXPECT_EQ(escaped(std::string_view{"\0\x1F", 2}), R"(\u0000\u001f)");
}

// A longer text goes through a block of bytes that is emptied now and then.
TEST(JsonEscape, a_long_text_is_the_sum_of_its_parts) {
  for (const std::string_view piece :
       {"\n", "\x01", "a\x1F", "fifteen letters\"", "0123456789abcdef\\",
        "sixteen and more\r\n\r\n", "\xD0\x9F\t"}) {
    std::string text;
    std::string expected;
    for (int i = 0; i < 400; ++i) {
      text += piece;
      expected += escaped(piece);
    }
    EXPECT_EQ(escaped(text), expected);
  }
}

TEST(JsonEscape, a_string_has_quotes_and_is_made_utf_8) {
  const auto string_of = [](std::string_view text) {
    std::string out{"["};
    append_json_string(out, text);
    return out;
  };
  EXPECT_EQ(string_of(""), "[\"\"");
  EXPECT_EQ(string_of("Z\xC3\xBCrich\n"), "[\"Z\xC3\xBCrich\\n\"");
  EXPECT_EQ(string_of("a\xFF\"\xE2\x82"), "[\"a\xEF\xBF\xBD\\\"\xEF\xBF\xBD\xEF\xBF\xBD\"");
}

}  // namespace
}  // namespace gmail_mcp
