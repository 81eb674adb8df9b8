#include "google/message_json.h"

#include <gtest/gtest.h>

#include <string>

namespace gmail_mcp::google {
namespace {

TEST(MessageJson, AMessageKeepsWhatGmailSaid) {
  const auto message = read_message(R"({
    "id": "18c", "threadId": "18b", "labelIds": ["INBOX", "UNREAD"],
    "snippet": "Tom &amp; Ann", "historyId": "1234", "internalDate": "1767225600123",
    "sizeEstimate": 4711,
    "payload": {"partId": "", "mimeType": "multipart/mixed", "filename": "",
      "headers": [{"name": "Subject", "value": "Hi"}], "body": {"size": 0},
      "parts": [
        {"partId": "0", "mimeType": "text/plain", "filename": "",
         "headers": [], "body": {"size": 2, "data": "aGk="}},
        {"partId": "1", "mimeType": "application/pdf", "filename": "a.pdf",
         "body": {"attachmentId": "ANGjdJ8", "size": 9000}}]}})")
                           .value();
  EXPECT_EQ(message.id, "18c");
  EXPECT_EQ(message.thread_id, "18b");
  EXPECT_EQ(message.label_ids, (std::vector<std::string>{"INBOX", "UNREAD"}));
  EXPECT_EQ(message.internal_date, 1767225600123);
  EXPECT_EQ(message.size_estimate, 4711);
  ASSERT_EQ(message.payload.parts.size(), 2U);
  EXPECT_EQ(message.payload.headers.front().second, "Hi");
  EXPECT_EQ(message.payload.parts[0].body.data, "hi");
  EXPECT_EQ(message.payload.parts[1].body.attachment_id, "ANGjdJ8");
  EXPECT_EQ(message.payload.parts[1].body.size, 9000);
  EXPECT_FALSE(message.payload.parts[1].body.has_data);
}

TEST(MessageJson, Base64ComesPaddedUnpaddedAndInBothAlphabets) {
  EXPECT_EQ(read_body(R"({"data":"YQ=="})").value().data, "a");
  EXPECT_EQ(read_body(R"({"data":"YQ"})").value().data, "a");
  EXPECT_EQ(read_body(R"({"data":"-_-_"})").value().data, "\xfb\xff\xbf");
  EXPECT_EQ(read_body(R"({"data":"+/+/"})").value().data, "\xfb\xff\xbf");
  EXPECT_EQ(read_body(R"({"size":0,"data":""})").value().has_data, true);
}

TEST(MessageJson, WhatIsNoBase64IsNoData) {
  EXPECT_FALSE(read_body(R"({"size":3,"data":"%%%"})").value().has_data);
  EXPECT_FALSE(read_body(R"({"size":3,"data":17})").value().has_data);
}

TEST(MessageJson, AHistoryIdBeyond64BitsStaysItsText) {
  EXPECT_EQ(read_profile(R"({"historyId":"179528978278411379287"})").value().history_id,
            "179528978278411379287");
  EXPECT_EQ(read_profile(R"({"historyId":18446744073709551615})").value().history_id,
            "18446744073709551615");
}

TEST(MessageJson, NumbersThatDoNotFitAreLeftOut) {
  const auto message =
      read_message(R"({"internalDate":"99999999999999999999","sizeEstimate":-5})").value();
  EXPECT_FALSE(message.internal_date);
  EXPECT_EQ(message.size_estimate, 0);
  EXPECT_FALSE(read_message(R"({"internalDate":"12x"})").value().internal_date);
}

TEST(MessageJson, MissingAndMistypedFieldsAreEmpty) {
  const auto message =
      read_message(R"({"id":7,"labelIds":"INBOX","snippet":null,"payload":[],"x":1})").value();
  EXPECT_EQ(message.id, "7");
  EXPECT_TRUE(message.label_ids.empty());
  EXPECT_TRUE(message.payload.parts.empty());
  EXPECT_TRUE(read_message("{}").value().thread_id.empty());
  EXPECT_EQ(read_message(R"({"payload":{"headers":[1,{"name":"A"}],"parts":[null,{}]}})")
                .value()
                .payload.parts.size(),
            1U);
}

TEST(MessageJson, AnEmptyListHasNoListAtAll) {
  const auto list = read_message_list(R"({"resultSizeEstimate":0})").value();
  EXPECT_TRUE(list.messages.empty());
  EXPECT_TRUE(list.next_page_token.empty());
  EXPECT_TRUE(read_message_list(R"({"messages":[]})").value().messages.empty());
}

TEST(MessageJson, WhatIsNoObjectIsAnErrorThatQuotesNothing) {
  for (const auto* text : {"", "<html>secret</html>", "[]", "\"x\"", "{\"id\":"}) {
    const auto message = read_message(text);
    ASSERT_FALSE(message) << text;
    EXPECT_EQ(message.error().code, Errc::unavailable);
    EXPECT_EQ(message.error().detail.find("secret"), std::string::npos);
  }
}

TEST(MessageJson, BrokenUtf8IsRepaired) {
  EXPECT_EQ(read_message("{\"snippet\":\"a\xff\"}").value().snippet, "a\xef\xbf\xbd");
}

TEST(MessageJson, PartsNestDeepAndTooDeepIsRefused) {
  const auto nested = [](int depth) {
    std::string text = R"({"payload":)";
    for (int i = 0; i < depth; ++i) text += R"({"parts":[)";
    for (int i = 0; i < depth; ++i) text += "]}";
    return text + "}";
  };
  EXPECT_TRUE(read_message(nested(64)));
  const auto refused = read_message(nested(100'000));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Errc::too_large) << "it will be as deep the next time";
}

TEST(MessageJson, LabelsDraftsAndThreadsAreRead) {
  const auto labels = read_label_list(R"({"labels":[{"id":"INBOX","name":"INBOX","type":"system"},)"
                                      R"({"id":"Label_1","name":"Work","type":"user"}]})")
                          .value();
  EXPECT_TRUE(labels[0].is_system);
  EXPECT_FALSE(labels[1].messages_total);
  EXPECT_EQ(
      read_label(R"({"id":"INBOX","messagesTotal":12,"messagesUnread":3})").value().messages_unread,
      3);
  EXPECT_EQ(read_draft(R"({"id":"r1","message":{"id":"m","threadId":"t"}})").value().message.id,
            "m");
  EXPECT_EQ(
      read_draft_list(R"({"drafts":[{"id":"r1"}],"nextPageToken":"p"})").value().next_page_token,
      "p");
  EXPECT_EQ(read_thread(R"({"id":"t","messages":[{"id":"a"},{"id":"b"}]})").value().messages.size(),
            2U);
}

}  // namespace
}  // namespace gmail_mcp::google
