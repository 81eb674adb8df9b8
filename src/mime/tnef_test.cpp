#include "mime/tnef.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

std::string number(std::uint32_t value, std::size_t size = 4) {
  std::string out;
  for (std::size_t i = 0; i < size; ++i) out += static_cast<char>(value >> 8 * i & 0xFFU);
  return out;
}

std::string attribute(std::uint32_t id, const std::string& value) {
  return "\x01" + number(id) + number(static_cast<std::uint32_t>(value.size())) + value +
         number(0, 2);
}

std::string property(std::uint32_t type, std::uint32_t id, std::string value) {
  auto out = number(type, 2) + number(id, 2) + number(1) +
             number(static_cast<std::uint32_t>(value.size())) + value;
  while (out.size() % 4 != 0) out += '\0';
  return out;
}

std::string tnef(const std::string& attributes) {
  return number(0x223E9F78) + number(1, 2) + attributes;
}

TEST(Tnef, a_plain_text_is_read_in_its_code_page) {
  const auto read =
      read_tnef(tnef(attribute(0x00069007, number(1251) + number(0)) +
                     attribute(0x0002800C, std::string{"\xCF\xF0\xE8\xE2\xE5\xF2\0", 7})));
  EXPECT_EQ(read.text, "Привет");
  EXPECT_FALSE(read.html);
}

TEST(Tnef, properties_have_the_text_and_the_names_of_files) {
  const auto message = number(3) + property(0x1F, 0x1000, std::string{"G\0r\0\xFC\0", 6}) +
                       number(0x0B, 2) + number(0x0E1B, 2) + number(1) +
                       property(0x102, 0x1013, "<meta charset=koi8-r><p>\xF0");
  const auto file = number(1) + property(0x1E, 0x3707, "a long name.pdf");
  const auto read =
      read_tnef(tnef(attribute(0x00069003, message) + attribute(0x00069002, "") +
                     attribute(0x00018010, "A_LONG~1.PDF") + attribute(0x00069005, file) +
                     attribute(0x00069002, "") + attribute(0x00018010, "b.txt") +
                     attribute(0x0006800F, "content")));
  EXPECT_EQ(read.text, "Grü");
  EXPECT_EQ(read.html, "<meta charset=koi8-r><p>П");
  ASSERT_EQ(read.files.size(), 2U);
  EXPECT_EQ(read.files[0].name, "a long name.pdf");
  EXPECT_EQ(read.files[1].name, "b.txt");
  EXPECT_EQ(read.files[1].content, "content");
}

TEST(Tnef, named_and_listed_properties_are_passed_over) {
  const auto named = number(0x03, 2) + number(0x8001, 2) + std::string(16, 'g') + number(1) +
                     number(6) + std::string{"n\0m\0\0\0\0\0", 8} + number(7);
  const auto by_number = number(0x03, 2) + number(0x8002, 2) + std::string(16, 'g') + number(0) +
                         number(5) + number(7);
  const auto list = number(0x1003, 2) + number(0x7000, 2) + number(2) + number(1) + number(2);
  const auto read = read_tnef(tnef(attribute(
      0x00069003, number(4) + named + by_number + list + property(0x1E, 0x1000, "text"))));
  EXPECT_EQ(read.text, "text");
}

TEST(Tnef, rtf_is_the_text_where_there_is_no_other) {
  const auto rtf = std::string(8, 'x') + "MELA" + std::string(4, 'x') + "{\\rtf1 from RTF}";
  EXPECT_EQ(read_tnef(tnef(attribute(0x00069003, number(1) + property(0x102, 0x1009, rtf)))).text,
            "from RTF");
  const auto html = std::string(8, 'x') + "MELA" + std::string(4, 'x') +
                    "{\\rtf1\\fromhtml1 {\\*\\htmltag64 <p>}from HTML}";
  EXPECT_EQ(read_tnef(tnef(attribute(0x00069003, number(1) + property(0x102, 0x1009, html)))).html,
            "<p>from HTML");
}

TEST(Tnef, what_is_cut_off_is_read_as_far_as_it_goes) {
  const auto whole = tnef(attribute(0x0002800C, "the text") + attribute(0x00069003, number(9)));
  EXPECT_EQ(read_tnef(whole).text, "the text");
  for (std::size_t size = 0; size < whole.size(); ++size) read_tnef(whole.substr(0, size));
  EXPECT_EQ(read_tnef(whole.substr(0, 6 + 9 + 3)).text, "the");
}

TEST(Tnef, other_bytes_are_nothing) {
  for (const auto* bytes : {"", "x", "x\x9F>\"", "just text that is no TNEF"}) {
    EXPECT_EQ(read_tnef(bytes).text, "");
    EXPECT_TRUE(read_tnef(bytes).files.empty());
  }
}

}  // namespace
}  // namespace gmail_mcp::mime
