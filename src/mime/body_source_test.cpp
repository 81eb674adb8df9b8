#include "mime/body_source.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mime {
namespace {

TEST(BodySource, has_the_fields_about_the_content_and_all_that_follows) {
  EXPECT_EQ(body_source("Subject: x\r\nContent-Type: text/plain;\r\n charset=utf-8\r\n"
                        "To: a@b.example,\r\n c@d.example\r\ncontent-transfer-encoding: 8bit\r\n"
                        "\r\nHello.\r\n\r\nContent-Type: no header\r\n"),
            "Content-Type: text/plain;\r\n charset=utf-8\r\ncontent-transfer-encoding: 8bit\r\n"
            "\r\nHello.\r\n\r\nContent-Type: no header\r\n");
}

TEST(BodySource, lines_end_with_crlf_whatever_they_ended_with) {
  EXPECT_EQ(body_source("Content-Type: text/plain\nX: y\n\nOne\nTwo"),
            "Content-Type: text/plain\r\n\r\nOne\r\nTwo\r\n");
}

TEST(BodySource, of_nothing_is_an_empty_body) {
  EXPECT_EQ(body_source(""), "\r\n");
  EXPECT_EQ(body_source("Subject: x\r\n"), "\r\n");
}

TEST(FieldSources, are_the_fields_as_they_stand_and_nothing_else) {
  const auto fields = field_sources(
      "From somebody\nX-A: one\n\ttwo\nno field\n of anybody\nsubject : x\n\nX-B: no header\n");
  ASSERT_EQ(fields.size(), 2U);
  EXPECT_EQ(fields[0].name, "X-A");
  EXPECT_EQ(fields[0].lines, "X-A: one\r\n\ttwo\r\n");
  EXPECT_EQ(fields[1].name, "subject");
  EXPECT_EQ(fields[1].lines, "subject : x\r\n");
  EXPECT_TRUE(field_sources("").empty());
}

TEST(HeaderSection, ends_with_the_first_empty_line_or_is_all_there_is) {
  EXPECT_EQ(header_section("A: b\r\n\r\nC: d\r\n"), "A: b\r\n\r\n");
  EXPECT_EQ(header_section("A: b\n\nC"), "A: b\n\n");
  EXPECT_EQ(header_section("A: b"), "A: b");
}

}  // namespace
}  // namespace gmail_mcp::mime
