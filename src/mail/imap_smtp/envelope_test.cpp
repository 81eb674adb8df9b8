#include "mail/imap_smtp/envelope.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::string without_bcc(std::string rfc822) {
  remove_bcc(rfc822);
  return rfc822;
}

TEST(Envelope, everybody_who_gets_it_is_named_once) {
  EXPECT_THAT(recipients_of("To: Ann <Ann@shop.example>, bob@shop.example\r\n"
                            "cc: ann@shop.example\r\n"
                            "Bcc: team: carol@hidden.example, dan@hidden.example;\r\n\r\n"
                            "To: nobody@shop.example\r\n")
                  .value(),
              ElementsAre("Ann@shop.example", "bob@shop.example", "carol@hidden.example",
                          "dan@hidden.example"));
  EXPECT_THAT(recipients_of("Subject: x\r\n\r\nTo: a@b.example\r\n").value(), IsEmpty());
}

TEST(Envelope, more_recipients_than_a_message_may_have_are_refused) {
  std::string to = "To: a0@shop.example";
  for (int i = 1; i < 500; ++i) to += ",\r\n a" + std::to_string(i) + "@shop.example";
  EXPECT_THAT(recipients_of(to + "\r\n\r\n").value(), SizeIs(500));
  EXPECT_THAT(recipients_of(to + ",\r\n A0@shop.example\r\n\r\n").value(), SizeIs(500));
  EXPECT_EQ(recipients_of(to + "\r\nBcc: b@shop.example\r\n\r\n").error().code, Errc::too_large);
}

TEST(Envelope, bcc_leaves_the_header_whatever_its_form) {
  EXPECT_EQ(without_bcc(
                "To: a@b.c\r\nBcc: x@y.z,\r\n v@w.x\r\n\tu@v.w\r\nSubject: s\r\n\r\nBcc: text\r\n"),
            "To: a@b.c\r\nSubject: s\r\n\r\nBcc: text\r\n");
  EXPECT_EQ(without_bcc("BCC : x@y.z\nTo: a@b.c\nbcc: v@w.x\n\nhello\n"), "To: a@b.c\n\nhello\n");
  EXPECT_EQ(without_bcc("Bcc: x@y.z"), "");
  EXPECT_EQ(without_bcc("Bcc-Not: x\r\n\r\n"), "Bcc-Not: x\r\n\r\n");
  EXPECT_EQ(without_bcc(""), "");
}

TEST(Envelope, the_message_id_is_the_headers) {
  EXPECT_EQ(message_id_of("Message-Id: <a@b>\r\n\r\nMessage-ID: <c@d>\r\n"), "<a@b>");
  EXPECT_EQ(message_id_of("Subject: x\r\n\r\n"), "");
}

}  // namespace
}  // namespace gmail_mcp::mail
