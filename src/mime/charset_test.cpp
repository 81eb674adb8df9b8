#include "mime/charset.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace gmail_mcp::mime {
namespace {

TEST(Charset, latin1_is_read_as_windows_1252) {
  EXPECT_EQ(text_to_utf8("caf\xE9 \x80 10 \x93quoted\x94", "ISO-8859-1"), "café € 10 “quoted”");
}

TEST(Charset, japanese_mail_encodings_are_read) {
  EXPECT_EQ(text_to_utf8("\x1B$BF|K\\8l\x1B(B ok", "iso-2022-jp"), "日本語 ok");
  EXPECT_EQ(text_to_utf8("\x93\xFA\x96\x7B\x8C\xEA", "Shift_JIS"), "日本語");
  EXPECT_EQ(text_to_utf8("\xC6\xFC\xCB\xDC\xB8\xEC", "euc-jp"), "日本語");
}

TEST(Charset, iso_2022_jp_keeps_vendor_characters_and_half_width_katakana) {
  EXPECT_EQ(text_to_utf8("\x1B$B-!-j\x1B(B", "ISO-2022-JP"), "①㈱");
  EXPECT_EQ(text_to_utf8("\x1B(I1\x1B(B", "ISO-2022-JP"), "ｱ");
}

TEST(Charset, gb2312_may_hold_any_character_of_gb18030) {
  EXPECT_EQ(text_to_utf8("\xD6\xD0\xCE\xC4 \xE9\x46 \x81\x30\x81\x30", "gb2312"), "中文 镕 \u0080");
}

TEST(Charset, other_regions_are_read) {
  EXPECT_EQ(text_to_utf8("\xCF\xF0\xE8\xE2\xE5\xF2", "windows-1251"), "Привет");
  EXPECT_EQ(text_to_utf8("\xF0\xD2\xC9\xD7\xC5\xD4", "KOI8-R"), "Привет");
  EXPECT_EQ(text_to_utf8("\xC7\xD1\xB1\xDB", "ks_c_5601-1987"), "한글");
  EXPECT_EQ(text_to_utf8("\xA4\xA4\xA4\xE5", "big5"), "中文");
  EXPECT_EQ(text_to_utf8(std::string_view{"\xE4\x00\x3D\xD8\x00\xDE", 6}, "utf-16le"), "ä😀");
}

TEST(Charset, without_a_declaration_it_is_utf8_or_else_windows_1252) {
  EXPECT_EQ(text_to_utf8("Grüße", ""), "Grüße");
  EXPECT_EQ(text_to_utf8("Gr\xFC\xDF"
                         "e",
                         ""),
            "Grüße");
  EXPECT_EQ(text_to_utf8("Grüße", "us-ascii"), "Grüße");
  EXPECT_EQ(text_to_utf8("Grüße", "x-unknown"), "Grüße");
}

TEST(Charset, utf8_that_is_a_little_damaged_keeps_what_it_has) {
  EXPECT_EQ(text_to_utf8("日本\xE8\xAA", "utf-8"), "日本\uFFFD\uFFFD");
}

TEST(Charset, windows_1252_that_claims_to_be_utf8_is_recognized) {
  EXPECT_EQ(text_to_utf8("Gr\xFC\xDF"
                         "e",
                         "utf-8"),
            "Grüße");
}

TEST(Charset, bytes_that_mean_nothing_become_replacement_characters) {
  EXPECT_EQ(text_to_utf8("a\x81z", "windows-1252"), "a\uFFFDz");
  EXPECT_EQ(text_to_utf8("a\xFF\xFFz", "euc-jp"), "a\uFFFD\uFFFDz");
  EXPECT_EQ(text_to_utf8("a\x93", "shift_jis"), "a\uFFFD");
}

TEST(Charset, byte_order_marks_and_nul_bytes_disappear) {
  EXPECT_EQ(text_to_utf8("\xEF\xBB\xBFhello", "utf-8"), "hello");
  EXPECT_EQ(text_to_utf8(std::string_view{"\xFF\xFEh\0i\0", 6}, "utf-16"), "hi");
  EXPECT_EQ(text_to_utf8(std::string_view{"a\0b", 3}, ""), "ab");
}

TEST(Charset, a_hostile_name_is_just_unknown) {
  EXPECT_EQ(text_to_utf8("x", std::string(1 << 20, 'a')), "x");
  EXPECT_EQ(text_to_utf8("x", "UTF-8//TRANSLIT"), "x");
  EXPECT_EQ(text_to_utf8("x", "ISO-2022-CN-EXT"), "x");
}

TEST(Charset, whatever_comes_in_utf8_comes_out) {
  std::string bytes;
  for (int i = 0; i < 1024; ++i) bytes += static_cast<char>(i * 37 % 256);
  for (const auto* charset :
       {"utf-8", "utf-7", "utf-16", "utf-32", "iso-2022-jp", "iso-2022-kr", "gb18030", "big5",
        "euc-kr", "shift_jis", "windows-1258", "tis-620"}) {
    EXPECT_TRUE(is_valid_utf8(text_to_utf8(bytes, charset))) << charset;
  }
}

}  // namespace
}  // namespace gmail_mcp::mime
