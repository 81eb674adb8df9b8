// Conversations with the simulated smtp.gmail.com.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/mail_bench.h"

namespace gmail_mcp::sandbox {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class Smtp : public ::testing::Test {
 protected:
  Talk signed_in() {
    Talk talk{bench, bench.sandbox().smtp_port()};
    talk.reply();
    talk.say("EHLO client.example");
    talk.say("AUTH PLAIN " + plain(bench.sandbox().app_password(alex)));
    return talk;
  }

  static std::string plain(std::string_view password) {
    using namespace std::string_literals;
    return crypto::base64_encode("\0"s + std::string{alex} + "\0"s + std::string{password});
  }

  std::size_t count(std::string_view email) { return bench.world().mailbox(email).message_count(); }

  void rule(std::string_view json) {
    const auto body = "{\"rules\":[" + std::string{json} + "]}";
    ASSERT_EQ(bench.request("POST /sandbox/faults", body).status, 200);
  }

  Bench bench;
};

TEST_F(Smtp, TheEnvelopeDecidesWhoGetsTheMailAndTheSenderKeepsACopy) {
  auto talk = signed_in();
  talk.send("MAIL FROM:<alex.morgan@gmail.example> SIZE=200\r\nRCPT TO:<" + std::string{priya} +
            ">\r\nDATA\r\n");
  EXPECT_THAT(talk.reply(), StartsWith("250 2.1.0 OK"));
  EXPECT_THAT(talk.reply(), StartsWith("250 2.1.5 OK"));
  EXPECT_THAT(talk.reply(), StartsWith("354 "));
  const auto mail = letter(alex, "tom.becker@gmail.example", "Dots", "..two\r\n.one\r\nend");
  talk.send(letter(alex, "tom.becker@gmail.example", "Dots", "...two\r\n..one\r\nend") + ".\r\n");
  EXPECT_THAT(talk.reply(),
              ::testing::MatchesRegex("250 2\\.0\\.0 OK  [0-9]+ [0-9a-f]+ - gsmtp\n"));
  EXPECT_EQ(count("tom.becker@gmail.example"), 0U) << "he is in the header only";
  ASSERT_EQ(count(priya), 1U);
  const auto* received = bench.world().mailbox(priya).newest_first().front();
  EXPECT_TRUE(received->has_label("INBOX"));
  EXPECT_THAT(received->raw, HasSubstr("\r\n..two\r\n.one\r\nend\r\n"));
  ASSERT_EQ(count(alex), 1U);
  EXPECT_TRUE(bench.world().mailbox(alex).newest_first().front()->has_label("SENT"));
  EXPECT_EQ(bench.sandbox().counters().smtp_accepted, 1U);
}

TEST_F(Smtp, WhoMayNotSignInIsToldWhyInGooglesWords) {
  Talk talk{bench, bench.sandbox().smtp_port()};
  EXPECT_THAT(talk.reply(), StartsWith("220 smtp.gmail.com ESMTP"));
  const auto hello = talk.say("EHLO client.example");
  EXPECT_THAT(hello, HasSubstr("250-SIZE 35882577\n"));
  EXPECT_THAT(hello,
              HasSubstr("250-AUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH\n"));
  EXPECT_THAT(hello, Not(HasSubstr("STARTTLS")));
  EXPECT_THAT(talk.say("MAIL FROM:<a@b.example>"), StartsWith("530-5.7.0 "));
  EXPECT_THAT(talk.say("AUTH PLAIN " + plain("wrong")), StartsWith("535-5.7.8 "));
  EXPECT_THAT(talk.say("AUTH PLAIN " + plain(ordinary_password)), StartsWith("534-5.7.9 "));
  EXPECT_EQ(talk.say("AUTH LOGIN"), "334 VXNlcm5hbWU6\n");
  EXPECT_EQ(talk.say(crypto::base64_encode(alex)), "334 UGFzc3dvcmQ6\n");
  EXPECT_EQ(talk.say(crypto::base64_encode(bench.sandbox().app_password(alex))),
            "235 2.7.0 Accepted\n");
}

TEST_F(Smtp, ABareLineFeedEndsNoMail) {
  auto talk = signed_in();
  talk.say("MAIL FROM:<" + std::string{alex} + ">");
  talk.say("RCPT TO:<" + std::string{priya} + ">");
  talk.say("DATA");
  talk.send("Subject: a\r\n\r\nx\n.\nMAIL FROM:<x@y.example>\r\n.\r\n");
  EXPECT_THAT(talk.reply(), StartsWith("250 2.0.0"));
  EXPECT_EQ(count(priya), 1U);
  EXPECT_THAT(talk.say("NOOP"), StartsWith("250 "));
}

TEST_F(Smtp, ChunksMakeOneMail) {
  auto talk = signed_in();
  talk.say("MAIL FROM:<" + std::string{alex} + "> BODY=8BITMIME SMTPUTF8");
  talk.say("RCPT TO:<" + std::string{priya} + ">");
  talk.send("BDAT 14\r\nSubject: x\r\n\r\nBDAT 3 LAST\r\n.\r\n");
  EXPECT_THAT(talk.reply(), StartsWith("250 2.0.0"));
  EXPECT_THAT(talk.reply(), StartsWith("250 2.0.0"));
  ASSERT_EQ(count(priya), 1U);
  EXPECT_THAT(bench.world().mailbox(priya).newest_first().front()->raw,
              HasSubstr("Subject: x\r\n\r\n.\r\n"));
}

TEST_F(Smtp, FaultsStrikeBeforeDuringAndAfterTheMail) {
  const auto begin = [&](Talk& talk) {
    talk.say("MAIL FROM:<" + std::string{alex} + ">");
    talk.say("RCPT TO:<" + std::string{priya} + ">");
    talk.say("DATA");
    talk.send("Subject: x\r\n\r\ny\r\n.\r\n");
  };
  rule(R"({"match":"smtp.body","times":1,"then":{"reason":"sending_limit"}})");
  auto talk = signed_in();
  begin(talk);
  EXPECT_THAT(talk.reply(), StartsWith("550-5.4.5 Daily user sending limit exceeded"));
  EXPECT_EQ(count(priya), 0U);

  rule(R"({"match":"smtp.body","times":1,"then":{"cut":"before_response"}})");
  begin(talk);
  EXPECT_TRUE(talk.is_over());
  EXPECT_EQ(count(priya), 0U) << "it never left";

  rule(R"({"match":"smtp.body","times":1,"then":{"cut":"after_effect"}})");
  auto again = signed_in();
  begin(again);
  EXPECT_TRUE(again.is_over());
  EXPECT_EQ(count(priya), 1U) << "it left, and nobody was told";

  rule(R"({"match":"smtp.AUTH","times":1,"then":{"reason":"too_many_logins"}})");
  Talk refused{bench, bench.sandbox().smtp_port()};
  refused.reply();
  refused.say("EHLO client.example");
  EXPECT_THAT(refused.say("AUTH PLAIN " + plain(bench.sandbox().app_password(alex))),
              StartsWith("454 4.7.0 Too many login attempts"));
}

TEST_F(Smtp, AHeldMailIsTakenOverBeforeOrAfterItIsLetGo) {
  const std::string body = "Subject: x\r\n\r\ny\r\n.\r\n";
  std::size_t sent = 0;
  for (const std::string where : {"before", "after"}) {
    rule(R"({"match":"smtp.body","times":1,"then":{"hold":")" + where + "\"}}");
    auto talk = signed_in();
    talk.say("MAIL FROM:<" + std::string{alex} + ">");
    talk.say("RCPT TO:<" + std::string{priya} + ">");
    talk.say("DATA");
    talk.send(body);
    bench.await_held("smtp.body");
    EXPECT_EQ(count(priya), where == "before" ? sent : sent + 1);
    // Even if the client goes away meanwhile, its mail is accepted.
    if (where == "before") talk.wire().close();
    bench.request("POST /sandbox/faults", R"({"let_go":true})");
    if (where == "after") {
      EXPECT_THAT(talk.reply(), StartsWith("250 2.0.0"));
    }
    EXPECT_EQ(count(priya), ++sent);
  }
  rule(R"({"match":"smtp.DATA","times":1,"then":{"hold":"after"}})");
  auto talk = signed_in();
  talk.say("MAIL FROM:<" + std::string{alex} + ">");
  talk.say("RCPT TO:<" + std::string{priya} + ">");
  talk.send("DATA\r\n");
  bench.await_held("smtp.DATA");
  bench.request("DELETE /sandbox/faults");
  EXPECT_THAT(talk.reply(), StartsWith("354 "));
  talk.send(body);
  EXPECT_THAT(talk.reply(), StartsWith("250 2.0.0"));
}

TEST_F(Smtp, NonsenseIsRefusedAndNothingBreaks) {
  auto talk = signed_in();
  for (const auto* text :
       {"", "MAIL", "MAIL FROM:", "MAIL FROM:<", "MAIL FROM:<a> SIZE=x", "RCPT TO:<a@b.example>",
        "DATA", "BDAT", "BDAT x", "AUTH", "AUTH PLAIN x", "HELP", "EXPN x", "STARTTLS"}) {
    Talk one = signed_in();
    EXPECT_THAT(one.say(text), ::testing::MatchesRegex("5..[- ](.|\n)*")) << text;
  }
  EXPECT_THAT(talk.say("MAIL FROM:<a@b.example> SIZE=99999999"), StartsWith("552-5.3.4 "));
  EXPECT_THAT(talk.say("MAIL FROM:<a@b.example>"), StartsWith("250 "));
  EXPECT_THAT(talk.say("RCPT TO:<nobody>"), StartsWith("553-5.1.3 "));
  EXPECT_THAT(talk.say("RCPT TO:<m\xC3\xBCller@b.example>"), StartsWith("553 "));
}

}  // namespace
}  // namespace gmail_mcp::sandbox
