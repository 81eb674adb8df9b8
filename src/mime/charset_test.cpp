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

TEST(Charset, names_of_other_systems_are_known) {
  EXPECT_EQ(text_to_utf8("Gr\x81\xE1"
                         "e",
                         "cp-850"),
            "Grüße");
  EXPECT_EQ(text_to_utf8("Gr\x81\xE1"
                         "e",
                         "ibm-850"),
            "Grüße");
  EXPECT_EQ(text_to_utf8("\x8F\xF0\xE8\xE2\xE5\xF2", "x-mac-cyrillic"), "Привет");
  EXPECT_EQ(text_to_utf8("\x8F\xE0\xA8\xA2\xA5\xE2", "cp866"), "Привет");
  EXPECT_EQ(text_to_utf8("\xCF\xF0\xE8\xE2\xE5\xF2", "x-cp1251"), "Привет");
  EXPECT_EQ(text_to_utf8("\x8E\x90", "x-mac-ce"), "éź");
}

TEST(Charset, korean_may_hold_any_character_of_uhc) {
  EXPECT_EQ(text_to_utf8("\x8C\x63\xB9\xE6\xB0\xA2\xC7\xCF", "ks_c_5601-1987"), "똠방각하");
  EXPECT_EQ(text_to_utf8("\x8C\x63", "ks_c_5601-1989"), "똠");
  EXPECT_EQ(text_to_utf8("\x8C\x63", "x-windows-949"), "똠");
}

TEST(Charset, hz_is_chinese_between_its_braces) {
  EXPECT_EQ(text_to_utf8("~{VPND~} and ~~ and ~{:C~}~\n!", "hz-gb-2312"), "中文 and ~ and 好!");
  EXPECT_EQ(text_to_utf8("~{VPND\nabc", "HZ-GB-2312"), "中文\nabc");
  EXPECT_EQ(text_to_utf8("~{VP", "hz-gb-2312"), "中");
  EXPECT_EQ(text_to_utf8("~", "hz-gb-2312"), "~");
}

TEST(Charset, iso_2022_jp_has_a_second_set_of_kanji) {
  EXPECT_EQ(text_to_utf8("\x1B$(D0!\x1B(B ok", "iso-2022-jp-1"), "丂 ok");
}

TEST(Charset, a_known_charset_is_told_from_another) {
  for (const auto* name : {"utf-8", "ISO_8859-1:1987", "latin1", "Windows-1251", "\"koi8-r\""}) {
    EXPECT_TRUE(is_known_charset(name)) << name;
  }
  for (const auto* name : {"", "us-ascii", "x-unknown", "-", "unknown-8bit"}) {
    EXPECT_FALSE(is_known_charset(name)) << name;
  }
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
