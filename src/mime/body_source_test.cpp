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

}  // namespace
}  // namespace gmail_mcp::mime
