#include "mime/parameter.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::mime {
namespace {

std::string file_name(std::string_view raw) { return parse_parameterized(raw).text("filename"); }

TEST(Parameter, value_and_names_are_in_lower_case) {
  const auto type = parse_parameterized("Text/HTML; Charset=\"UTF-8\"; BOUNDARY=aB");
  EXPECT_EQ(type.value, "text/html");
  EXPECT_EQ(type.token("charset"), "UTF-8");
  EXPECT_EQ(type.token("boundary"), "aB");
  EXPECT_EQ(type.token("format"), "");
}

TEST(Parameter, comments_are_no_part_of_a_value) {
  const auto type = parse_parameterized("text/plain (hi; there); charset=us-ascii (Plain text)");
  EXPECT_EQ(type.value, "text/plain");
  EXPECT_EQ(type.token("charset"), "us-ascii");
}

TEST(Parameter, a_missing_semicolon_after_the_value_is_forgiven) {
  const auto type = parse_parameterized("application / pdf name=\"a b.pdf\"; charset=x");
  EXPECT_EQ(type.value, "application/pdf");
  EXPECT_EQ(type.text("name"), "a b.pdf");
  EXPECT_EQ(type.token("charset"), "x");
  EXPECT_EQ(parse_parameterized("text/plain junk; charset=x").token("charset"), "x");
}

TEST(Parameter, a_boundary_is_never_decoded) {
  EXPECT_EQ(
      parse_parameterized("multipart/mixed; boundary=\"=?utf-8?q?x?=_%41\"").token("boundary"),
      "=?utf-8?q?x?=_%41");
}

TEST(Parameter, extended_values_are_decoded) {
  EXPECT_EQ(file_name("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf"), "Grüße.pdf");
  EXPECT_EQ(file_name("attachment; filename*=iso-8859-1'de'Gr%FC%DFe.pdf"), "Grüße.pdf");
}

TEST(Parameter, an_extended_value_beats_the_plain_one) {
  EXPECT_EQ(file_name("attachment; filename=\"Gr__e.pdf\"; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf"),
            "Grüße.pdf");
  EXPECT_EQ(file_name("attachment; filename*=UTF-8''Gr%C3%BC%C3%9Fe.pdf; filename=\"Gr__e.pdf\""),
            "Grüße.pdf");
}

TEST(Parameter, continuations_are_joined_in_the_order_of_their_numbers) {
  EXPECT_EQ(file_name("attachment;\r\n filename*2=\"c.pdf\";\r\n filename*0*=utf-8''%C3%A4;\r\n"
                      " filename*1*=%C3%B6"),
            "äöc.pdf");
  EXPECT_EQ(file_name("attachment; filename*0=\"long \"; filename*1=\"name.txt\""),
            "long name.txt");
}

TEST(Parameter, a_character_cut_between_two_continuations_is_put_together) {
  EXPECT_EQ(file_name("attachment; filename*0*=utf-8''%C3; filename*1*=%A4.txt"), "ä.txt");
}

TEST(Parameter, the_form_of_outlook_is_read_too) {
  EXPECT_EQ(file_name("attachment; filename=\"=?utf-8?B?R3LDvMOfZS5wZGY=?=\""), "Grüße.pdf");
  EXPECT_EQ(file_name("attachment; filename=\"Gr\xFC\xDF"
                      "e.pdf\""),
            "Grüße.pdf");
}

TEST(Parameter, common_mistakes_are_forgiven) {
  EXPECT_EQ(file_name("attachment; filename=my report (1).pdf; size=3"), "my report (1).pdf");
  EXPECT_EQ(file_name("attachment; filename=\"no end.pdf"), "no end.pdf");
  EXPECT_EQ(file_name(R"(attachment; filename="C:\new\plan.txt")"), R"(C:\new\plan.txt)");
  EXPECT_EQ(file_name(R"(attachment; filename="a \"b\" \\c.txt")"), R"(a "b" \c.txt)");
  EXPECT_EQ(file_name("attachment;; ;filename = a.txt ;"), "a.txt");
  EXPECT_EQ(file_name("attachment; filename*=a%zz.txt"), "a%zz.txt");
  EXPECT_EQ(file_name("attachment; filename=a.txt; filename=b.txt"), "a.txt");
}

TEST(Parameter, a_file_name_is_one_line) {
  EXPECT_EQ(file_name("attachment; filename*=utf-8''a%0D%0Ab%00c.txt"), "abc.txt");
}

TEST(Parameter, a_flood_of_parameters_is_cut_off) {
  std::string raw = "text/plain";
  for (int i = 0; i < 100'000; ++i) raw += ";p" + std::to_string(i) + "*=x";
  EXPECT_LE(parse_parameterized(raw).parameters.size(), 64U);
  EXPECT_EQ(parse_parameterized(std::string(1 << 20, '(')).value, "");
}

}  // namespace
}  // namespace gmail_mcp::mime
