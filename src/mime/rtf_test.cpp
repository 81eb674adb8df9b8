#include "mime/rtf.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

TEST(Rtf, the_text_is_read_without_its_formats) {
  const auto read = read_rtf(
      "{\\rtf1\\ansi\\ansicpg1252\\deff0{\\fonttbl{\\f0 Arial;}}{\\colortbl;\\red1;}"
      "{\\*\\generator Msftedit;}\\viewkind4\\uc1\\pard\\f0 Dear \\b Alex\\b0 ,\\par\r\n"
      "it is 5 \\'80\\tab and \\{fine\\}.\\line\\par}");
  EXPECT_FALSE(read.is_html);
  EXPECT_EQ(read.text, "Dear Alex,\nit is 5 €\tand {fine}.\n\n");
}

TEST(Rtf, characters_of_other_scripts_are_read) {
  EXPECT_EQ(read_rtf("{\\rtf1\\ansicpg1251 \\'cf\\'f0\\'e8\\'e2\\'e5\\'f2}").text, "Привет");
  EXPECT_EQ(
      read_rtf("{\\rtf1\\uc1 \\u26085?\\u26412?\\uc2 \\u-10179\\'3f\\'3f\\u-8704\\'3f\\'3f!}").text,
      "日本😀!");
  EXPECT_EQ(read_rtf("{\\rtf1 \\ldblquote a\\rdblquote\\emdash b}").text, "“a”—b");
}

TEST(Rtf, html_that_is_wrapped_in_it_is_taken_out) {
  const auto read = read_rtf(
      "{\\rtf1\\ansi\\fromhtml1 {\\*\\htmltag64 <p>}\\htmlrtf {\\htmlrtf0 Hello "
      "{\\*\\htmltag84 <b>}\\htmlrtf {\\b\\htmlrtf0 Alex{\\*\\htmltag92 </b>}\\htmlrtf }\\htmlrtf0 "
      "{\\*\\htmltag84 &lt;}\\htmlrtf \\par}\\htmlrtf0 {\\*\\htmltag72 </p>}}");
  EXPECT_TRUE(read.is_html);
  EXPECT_EQ(read.text, "<p>Hello <b>Alex</b>&lt;</p>");
}

TEST(Rtf, what_is_broken_is_read_as_far_as_it_goes) {
  EXPECT_EQ(read_rtf("{\\rtf1 text {\\b more").text, "text more");
  EXPECT_EQ(read_rtf("}}}text").text, "text");
  EXPECT_EQ(read_rtf("\\bin99999 x").text, "");
  EXPECT_EQ(read_rtf("\\'").text, "");
  EXPECT_EQ(read_rtf("\\").text, "");
  EXPECT_EQ(read_rtf(std::string(100'000, '{') + "a").text, "a");
}

// The example of MS-OXRTFCP §4.1.
TEST(Rtf, the_compression_of_outlook_is_undone) {
  const std::string compressed{
      "\x2D\x00\x00\x00\x2B\x00\x00\x00\x4C\x5A\x46\x75\xF1\xC5\xC7\xA7\x03\x00\x0A\x00"
      "\x72\x63\x70\x67\x31\x32\x35\x42\x32\x0A\xF3\x20\x68\x65\x6C\x09\x00\x20\x62\x77"
      "\x05\xB0\x6C\x64\x7D\x0A\x80\x0F\xA0",
      49};
  EXPECT_EQ(decompress_rtf(compressed, 1000), "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n");
  EXPECT_EQ(decompress_rtf(compressed, 6), "{\\rtf1");
  EXPECT_EQ(decompress_rtf(std::string(8, 'x') + "MELA" + std::string(4, 'x') + "{\\rtf1}", 100),
            "{\\rtf1}");
  EXPECT_EQ(decompress_rtf("something else that is long", 100), "");
}

// §4.2: a copied run begins right where it is written.
TEST(Rtf, runs_that_overlap_themselves_are_repeated) {
  const std::string compressed{
      "\x1A\x00\x00\x00\x1C\x00\x00\x00\x4C\x5A\x46\x75\xE2\xD4\x4B\x51\x41\x00\x04\x20"
      "\x57\x58\x59\x5A\x0D\x6E\x7D\x01\x0E\xB0",
      30};
  EXPECT_EQ(decompress_rtf(compressed, 1000), "{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}");
}

}  // namespace
}  // namespace gmail_mcp::mime
