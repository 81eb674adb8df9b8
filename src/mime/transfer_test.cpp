#include "mime/transfer.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mime {
namespace {

TEST(Transfer, base64_is_read_with_line_breaks_and_any_padding) {
  EXPECT_EQ(decode_transfer("base64", "aGVs\r\nbG8h\r\n"), "hello!");
  EXPECT_EQ(decode_transfer("BASE64", "aGVsbG8="), "hello");
  EXPECT_EQ(decode_transfer("base64", "aGVsbG8"), "hello");
  EXPECT_EQ(decode_transfer("base64", "aGVsbA"), "hell");
  EXPECT_EQ(decode_transfer("base64", "aGVsbA=="), "hell");
}

TEST(Transfer, characters_that_are_no_base64_are_skipped) {
  EXPECT_EQ(decode_transfer("base64", "aG!Vs*bG8="), "hello");
}

TEST(Transfer, quoted_printable_is_read) {
  EXPECT_EQ(decode_transfer("quoted-printable", "Gr=C3=BC=\r\n=c3=9fe=20\r\n=zz"), "Grüße \r\n=zz");
}

TEST(Transfer, uuencode_is_read) {
  EXPECT_EQ(decode_transfer("x-uuencode", "begin 644 a.txt\n&:&5L;&\\A\n`\nend\n"), "hello!");
  EXPECT_EQ(decode_transfer("uuencode", "\nbegin 644 a.txt\r\n&:&5L;&\\A\r\n`\r\nend\r\n"),
            "hello!");
}

TEST(Transfer, blanks_and_comments_around_the_name_do_not_matter) {
  EXPECT_EQ(decode_transfer(" Base64 (RFC 2045)", "aGk="), "hi");
  EXPECT_EQ(decode_transfer("base64;", "aGk="), "hi");
}

TEST(Transfer, a_text_that_is_declared_base64_and_was_never_encoded_stays) {
  EXPECT_EQ(decode_text_transfer("base64", "\r\nThe server is down.\r\nCall me.\r\n"),
            "\r\nThe server is down.\r\nCall me.\r\n");
  EXPECT_EQ(decode_text_transfer("base64", "\r\naGVs \r\nbG8h\r\n"), "hello!");
  EXPECT_EQ(decode_text_transfer("base64", "aGVsbG8h\r\n____\r\nthe list\r\n").substr(0, 6),
            "hello!");
  EXPECT_EQ(decode_text_transfer("quoted-printable", "a b=3D"), "a b=");
}

TEST(Transfer, anything_else_stays_as_it_is) {
  for (const auto* name : {"", "7bit", "8bit", "binary", "rot13"}) {
    EXPECT_EQ(decode_transfer(name, "a=20\xFF"), "a=20\xFF") << name;
  }
}

TEST(Transfer, blanks_at_the_end_of_a_quoted_printable_line_are_of_transport) {
  EXPECT_EQ(decode_transfer("quoted-printable",
                            "https://x.example/a= \r\nbc and caf=C3= \t\r\n=A9  \r\n= 3D =4 =zz="),
            "https://x.example/abc and caf\u00E9\r\n= 3D =4 =zz");
  EXPECT_EQ(decode_transfer("quoted-printable", "a=3Db=3db\n\n c=\n"), "a=b=b\n\n c");
}

}  // namespace
}  // namespace gmail_mcp::mime
