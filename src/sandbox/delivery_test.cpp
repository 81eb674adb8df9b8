// Sending through the API: who gets what.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/test_bench.h"

namespace gmail_mcp::sandbox {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr std::string_view tom = "tom.becker@gmail.example";

class DeliveryTest : public testing::Test {
 protected:
  DeliveryTest() { bench.sign_in(); }

  boost::json::value send(std::string_view mail, std::string_view thread_id = {}) {
    const auto response = bench.api("POST messages/send", raw_json(mail, thread_id));
    EXPECT_EQ(response.status, 200) << response.body;
    return bench.json(response);
  }
  Mailbox& mailbox(std::string_view email) { return bench.world().mailbox(email); }
  const StoredMessage& newest(std::string_view email) {
    return *mailbox(email).newest_first().at(0);
  }

  Bench bench;
};

TEST_F(DeliveryTest, TheSenderKeepsACopyAndTheRecipientGetsAnUnreadOne) {
  const auto answer =
      send(letter(alex, priya, "Hello", "How are you?", "Message-ID: <mine@client>\r\n"));
  EXPECT_EQ(answer.at("labelIds"), (boost::json::array{"SENT"}));
  const auto& copy = *mailbox(alex).find(std::string{answer.at("id").as_string()});
  EXPECT_EQ(copy.message_id, "mine@client");
  const auto& received = newest(priya);
  EXPECT_EQ(received.labels, (std::vector<std::string>{"INBOX", "UNREAD"}));
  EXPECT_EQ(received.message_id, "mine@client");
  EXPECT_NE(received.id, copy.id);
}

TEST_F(DeliveryTest, BlindCopiesArriveAndNobodyElseSeesThem) {
  send(letter(alex, priya, "Secret", "x", "Bcc: " + std::string{tom} + "\r\n"));
  EXPECT_THAT(newest(alex).raw, HasSubstr("Bcc: "));
  EXPECT_THAT(newest(priya).raw, Not(HasSubstr(std::string{tom})));
  EXPECT_THAT(newest(tom).raw, Not(HasSubstr("Bcc: ")));
}

TEST_F(DeliveryTest, AnAddressNamedTwiceGetsOneMail) {
  send(letter(alex, std::string{priya} + ", P <" + std::string{priya} + ">", "x", "y"));
  EXPECT_EQ(mailbox(priya).message_count(), 1U);
}

TEST_F(DeliveryTest, MailToOneselfIsOneMessage) {
  const auto answer = send(letter(alex, alex, "Note", "x"));
  EXPECT_EQ(answer.at("labelIds"), (boost::json::array{"UNREAD", "SENT", "INBOX"}));
  EXPECT_EQ(mailbox(alex).message_count(), 1U);
}

TEST_F(DeliveryTest, WhatTheMailLacksIsAdded) {
  send("To: " + std::string{priya} + "\r\n\r\nbare");
  const auto& received = newest(priya);
  EXPECT_THAT(header(received.mail, "From"), HasSubstr(std::string{alex}));
  EXPECT_THAT(received.message_id, testing::EndsWith("@mail.gmail.com"));
  EXPECT_THAT(header(received.mail, "Date"), HasSubstr("2026"));
}

TEST_F(DeliveryTest, NobodySendsUnderSomebodyElsesAddress) {
  send(letter(tom, priya, "x", "y"));
  EXPECT_EQ(addresses(newest(priya).mail, "From").at(0).email, alex);
}

TEST_F(DeliveryTest, AReplyJoinsTheThreadOnBothSides) {
  const auto first = send(letter(alex, priya, "Plan", "one", "Message-ID: <p1@client>\r\n"));
  bench.sign_in(priya);
  const std::string thread = newest(priya).thread_id;
  const auto reply = send(letter(priya, alex, "Re: Plan", "two",
                                 "In-Reply-To: <p1@client>\r\nReferences: <p1@client>\r\n"),
                          thread);
  EXPECT_EQ(reply.at("threadId").as_string(), thread);
  EXPECT_EQ(newest(alex).thread_id, first.at("threadId").as_string());
}

TEST_F(DeliveryTest, AClaimedThreadWithoutMatchingSubjectOrReferencesIsNotJoined) {
  const auto first = send(letter(alex, priya, "Plan", "one", "Message-ID: <p1@client>\r\n"));
  const std::string thread{first.at("threadId").as_string()};
  const auto no_references = send(letter(alex, priya, "Re: Plan", "two"), thread);
  EXPECT_NE(no_references.at("threadId").as_string(), thread);
  const auto other_subject =
      send(letter(alex, priya, "Party", "two", "References: <p1@client>\r\n"), thread);
  EXPECT_NE(other_subject.at("threadId").as_string(), thread);
  const auto response =
      bench.api("POST messages/send", raw_json(letter(alex, priya, "x", "y"), "00000000000000ff"));
  EXPECT_EQ(response.status, 404);
}

TEST_F(DeliveryTest, AMailWithoutRecipientOrBytesIsRefused) {
  EXPECT_EQ(bench.api("POST messages/send", raw_json("Subject: x\r\n\r\ny")).status, 400);
  EXPECT_EQ(bench.api("POST messages/send", "{}").status, 400);
  EXPECT_EQ(bench.api("POST messages/send", R"({"raw":"***"})").status, 400);
  EXPECT_EQ(bench.sandbox().counters().sends, 0U);
}

TEST_F(DeliveryTest, UploadsCarryTheMailAsItIs) {
  http::Headers headers;
  headers.add("Authorization", "Bearer " + bench.token);
  headers.add("Content-Type", "message/rfc822");
  const auto mail = letter(alex, priya, "Bytes", "\x01\xFF\xFE", "Message-ID: <up@x>\r\n");
  const auto media =
      bench.request("POST /upload/gmail/v1/users/me/messages/send?uploadType=media", mail, headers);
  EXPECT_EQ(media.status, 200) << media.body;
  EXPECT_THAT(newest(alex).raw, HasSubstr("\x01\xFF\xFE"));

  headers.set("Content-Type", "multipart/related; boundary=\"b b\"");
  const auto reply = letter(alex, priya, "Re: Bytes", "again", "References: <up@x>\r\n");
  const auto body =
      "--b b\r\nContent-Type: application/json; charset=UTF-8\r\n\r\n{\"threadId\":\"" +
      newest(alex).thread_id + "\"}\r\n--b b\r\nContent-Type: message/rfc822\r\n\r\n" + reply +
      "\r\n--b b--\r\n";
  const auto multipart = bench.request(
      "POST /upload/gmail/v1/users/me/messages/send?uploadType=multipart", body, headers);
  EXPECT_EQ(multipart.status, 200) << multipart.body;
  EXPECT_EQ(mailbox(alex).thread_count(), 1U);
  const auto unknown = bench.request(
      "POST /upload/gmail/v1/users/me/messages/send?uploadType=pigeon", mail, headers);
  EXPECT_EQ(unknown.status, 400);
}

TEST_F(DeliveryTest, AMailOverTheLimitIsRefused) {
  http::Headers headers;
  headers.add("Authorization", "Bearer " + bench.token);
  headers.add("Content-Type", "message/rfc822");
  const auto response =
      bench.request("POST /upload/gmail/v1/users/me/messages/send?uploadType=media",
                    letter(alex, priya, "Big", std::string(36'800'000, 'x')), headers);
  EXPECT_EQ(response.status, 413);
  EXPECT_EQ(mailbox(alex).message_count(), 0U);
}

TEST_F(DeliveryTest, ATestDropsMailIntoAMailboxOverHttp) {
  const auto response = bench.request(
      "POST /sandbox/deliver",
      R"({"to":"priya.nair@gmail.example","from":"Zoë <zoe@example.org>","subject":"Übung",)"
      R"("text":"hi","labels":["INBOX","STARRED"]})");
  EXPECT_EQ(response.status, 200) << response.body;
  const auto& message = newest(priya);
  EXPECT_EQ(header(message.mail, "Subject"), "Übung");
  EXPECT_TRUE(message.has_label("STARRED"));
  EXPECT_EQ(bench.json(response).at("id").as_string(), message.id);
  EXPECT_EQ(bench.request("POST /sandbox/deliver", R"({"to":"nobody@example.org"})").status, 404);
}

TEST_F(DeliveryTest, TheIndexPageSaysWhatThisIsAndWhoIsHere) {
  const auto page = bench.request("GET /");
  EXPECT_EQ(page.status, 200);
  EXPECT_THAT(std::string{page.headers.get("Content-Type")}, StartsWith("text/html"));
  EXPECT_THAT(page.body, HasSubstr("Simulated Google"));
  EXPECT_THAT(page.body, HasSubstr(std::string{tom}));
}

}  // namespace
}  // namespace gmail_mcp::sandbox
