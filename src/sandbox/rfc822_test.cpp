#include "sandbox/rfc822.h"

#include <gtest/gtest.h>

namespace gmail_mcp::sandbox {
namespace {

TEST(SandboxMail, PartsAreNumberedAsGmailNumbersThem) {
  const std::string raw =
      "Content-Type: multipart/mixed; boundary=o\r\n\r\npreamble\r\n"
      "--o\r\nContent-Type: multipart/alternative; boundary=\"i\"\r\n\r\n"
      "--i\r\n\r\nplain\r\n--i\r\nContent-Type: text/html\r\n\r\n<p>html</p>\r\n--i--\r\n"
      "--o\r\nContent-Type: message/rfc822\r\n\r\nSubject: inner\r\n\r\nhello\r\n"
      "--o--\r\nepilogue";
  const auto mail = parse_mail(raw);
  ASSERT_EQ(mail.parts.size(), 2U);
  EXPECT_EQ(mail.id, "");
  EXPECT_EQ(mail.parts[0].id, "0");
  ASSERT_EQ(mail.parts[0].parts.size(), 2U);
  EXPECT_EQ(mail.parts[0].parts[0].id, "0.0");
  EXPECT_EQ(decoded_body(mail.parts[0].parts[0], raw), "plain");
  EXPECT_EQ(mail.parts[0].parts[1].mime_type, "text/html");
  ASSERT_EQ(mail.parts[1].parts.size(), 1U);
  EXPECT_EQ(mail.parts[1].parts[0].id, "1.0");
  EXPECT_EQ(header(mail.parts[1].parts[0], "subject"), "inner");
}

TEST(SandboxMail, TransferEncodingsAreUndone) {
  const std::string qp = "Content-Transfer-Encoding: Quoted-Printable\n\na=3Db=\r\nc =C3=A4 =zz";
  EXPECT_EQ(decoded_body(parse_mail(qp), qp), "a=bc ä =zz");
  const std::string b64 = "Content-Transfer-Encoding: base64\n\naGVs\r\nbG8=\r\n";
  EXPECT_EQ(decoded_body(parse_mail(b64), b64), "hello");
}

TEST(SandboxMail, TextBecomesUtf8FromWhateverCharset) {
  const std::string raw = "Content-Type: text/plain; charset=iso-8859-1\n\nGr\xFC\xDF";
  EXPECT_EQ(text_body(parse_mail(raw), raw), "Grüß");
  EXPECT_EQ(to_utf8("\x93\xFA\x96\x7B", "shift_jis"), "日本");
  EXPECT_EQ(to_utf8("\xE4", "no-such-charset"), "ä");
}

TEST(SandboxMail, EncodedWordsAreJoinedAcrossCharacters) {
  EXPECT_EQ(decode_words("=?utf-8?B?w6Q=?= x =?UTF-8?q?=C3?= =?utf-8?q?=A4_y?="), "ä x ä y");
  EXPECT_EQ(decode_words("=?broken"), "=?broken");
  EXPECT_EQ(decode_words("a =?utf-8?x?b?= c"), "a =?utf-8?x?b?= c");
}

TEST(SandboxMail, FileNamesComeFromEitherHeaderAndEitherEncoding) {
  const auto name = [](std::string_view head) {
    return parse_mail(std::string{head} + "\r\n\r\nx").filename;
  };
  EXPECT_EQ(name("Content-Disposition: attachment; filename=\"a;b.txt\""), "a;b.txt");
  EXPECT_EQ(name("Content-Type: application/pdf; name=\"=?utf-8?q?r=C3=A9sum=C3=A9?=.pdf\""),
            "résumé.pdf");
  EXPECT_EQ(name("Content-Disposition: attachment;\r\n filename*=utf-8''na%C3%AFve%20one.txt"),
            "naïve one.txt");
  EXPECT_EQ(name("Content-Disposition: attachment; filename*0*=utf-8''l%C3%B6; filename*1=ng"),
            "löng");
}

TEST(SandboxMail, AddressesKeepCommasInNamesAndDropComments) {
  const auto list = parse_addresses(
      "\"Doe, Jane\" <jane@example.org>, plain@example.org (work), "
      "Team: =?utf-8?q?J=C3=BCrgen?= <j@example.org>;");
  ASSERT_EQ(list.size(), 3U);
  EXPECT_EQ(list[0].name, "Doe, Jane");
  EXPECT_EQ(list[1].email, "plain@example.org");
  EXPECT_EQ(list[2].name, "Jürgen");
  EXPECT_EQ(list[2].email, "j@example.org");
}

TEST(SandboxMail, AHeaderIsRemovedWithItsFoldsAndNothingElse) {
  EXPECT_EQ(without_header("A: 1\r\nBcc: x,\r\n y\r\nB: 2\r\n\r\nBcc: body\r\n", "bcc"),
            "A: 1\r\nB: 2\r\n\r\nBcc: body\r\n");
}

TEST(SandboxMail, NoBytesAreTooBrokenToRead) {
  for (const std::string raw : {"", "\r\n", "no colon here", ": empty", "A: b", "--\r\n--",
                                "Content-Type: multipart/mixed\r\n\r\nbody",
                                "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x",
                                "Content-Type: multipart/mixed; boundary=\r\n\r\n--\r\n--"}) {
    const auto mail = parse_mail(raw);
    EXPECT_LE(mail.body_end, raw.size());
  }
}

TEST(SandboxMail, NestingIsBounded) {
  std::string raw;
  for (int i = 0; i < 200; ++i) {
    raw += "Content-Type: multipart/mixed; boundary=b" + std::to_string(i) + "\r\n\r\n--b" +
           std::to_string(i) + "\r\n";
  }
  const auto mail = parse_mail(raw);
  int depth = 0;
  for (const auto* part = &mail; !part->parts.empty(); part = &part->parts.front()) ++depth;
  EXPECT_LE(depth, 20);
}

}  // namespace
}  // namespace gmail_mcp::sandbox
