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
  const auto list = read_message_list(R"({"resultSizeEstimate":0})", 100).value();
  EXPECT_TRUE(list.messages.empty());
  EXPECT_TRUE(list.next_page_token.empty());
  EXPECT_TRUE(read_message_list(R"({"messages":[]})", 100).value().messages.empty());
}

TEST(MessageJson, WhatIsNoObjectIsAnErrorThatQuotesNothing) {
  for (const auto* text : {"", "<html>secret</html>", "[]", "\"x\"", "{\"id\":"}) {
    const auto message = read_message(text);
    ASSERT_FALSE(message) << text;
    EXPECT_EQ(message.error().code, Errc::unavailable);
    EXPECT_EQ(message.error().detail.find("secret"), std::string::npos);
  }
}

// `count` times "{}" where `before` and `after` are around it.
std::string empty_objects(std::string_view before, std::size_t count, std::string_view after) {
  std::string text{before};
  for (std::size_t i = 0; i < count; ++i) text += i == 0 ? "{}" : ",{}";
  return text.append(after);
}

TEST(MessageJson, AnAnswerOfFarMoreValuesThanItsKindHasIsRefused) {
  const auto refused = [](const auto& result) {
    return !result.has_value() && result.error().code == Errc::too_large;
  };
  const auto list = empty_objects(R"({"messages":[)", 2'000'100, "]}");
  EXPECT_TRUE(refused(read_message_list(list, 500)));
  EXPECT_TRUE(refused(read_thread(list)));
  EXPECT_TRUE(refused(read_message(list))) << "also where nobody reads it";
  EXPECT_TRUE(refused(read_profile(list)));
  EXPECT_TRUE(refused(read_label(list)));
  EXPECT_TRUE(refused(read_body(list)));
  EXPECT_TRUE(refused(read_draft_list(empty_objects(R"({"drafts":[)", 600'000, "]}"), 500)));
  EXPECT_TRUE(refused(read_label_list(empty_objects(R"({"labels":[)", 500'000, "]}"))));
  EXPECT_TRUE(refused(read_history(empty_objects(R"({"history":[)", 2'000'100, "]}"))));
  EXPECT_TRUE(refused(read_thread(empty_objects(R"({"messages":[)", 20'000, "]}"))));
  EXPECT_TRUE(refused(read_message(empty_objects(R"({"payload":{"parts":[)", 20'000, "]}}"))));
}

TEST(MessageJson, OfAListNoMoreIsKeptThanWasAskedFor) {
  const auto ids = [](std::size_t count) {
    std::string text;
    for (std::size_t i = 0; i < count; ++i) text += R"({"id":"a"},)";
    return text + R"({"id":"last"}],"nextPageToken":"p"})";
  };
  const auto messages = read_message_list(R"({"messages":[)" + ids(1'000), 100).value();
  EXPECT_EQ(messages.messages.size(), 100U);
  EXPECT_EQ(messages.next_page_token, "p");
  EXPECT_EQ(read_draft_list(R"({"drafts":[)" + ids(1'000), 7).value().drafts.size(), 7U);
}

TEST(MessageJson, WhatNeedsNoBytesOnTheWireNeedsNoneInMemory) {
  const auto message = read_message(
      R"({"labelIds":["","A",""],"payload":{"headers":[{},{"name":"","value":"x"},{"name":"To"}]}})");
  EXPECT_EQ(message.value().label_ids, std::vector<std::string>{"A"});
  EXPECT_EQ(message.value().payload.headers.size(), 1U);
}

TEST(MessageJson, HeaderFieldsThatNobodyReadsAreLeftOut) {
  const auto message = read_message(R"({"payload":{"headers":[
      {"name":"Received","value":"by x"},{"name":"DKIM-Signature","value":"v=1"},
      {"name":"reply-to","value":"a@b"},{"name":"Message-Id","value":"<1@b>"},
      {"name":"X-Gmail-MCP-Send","value":"7"},{"name":5,"value":"x"},{"name":"Tos"}]}})");
  using Fields = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(message.value().payload.headers,
            (Fields{{"reply-to", "a@b"}, {"Message-Id", "<1@b>"}, {"X-Gmail-MCP-Send", "7"}}));
}

TEST(MessageJson, OfANameThatIsRepeatedTheLastCounts) {
  const auto message = read_message(R"({"id":"a","labelIds":["A"],"snippet":"x","payload":{
      "parts":[{},{}],"headers":[{"name":"To","value":"a@b"}],
      "body":{"data":"YQ","size":9},"body":{"size":null,"data":"YmM"},"parts":[{"partId":"9"}],
      "headers":[{"name":"X","value":"x","name":"Cc"},{"value":"f@g","name":"From"},
                 {"name":"Cc","name":7,"value":"c@d"}]},
      "id":"b","labelIds":["B"],"snippet":{"id":"c"}})")
                           .value();
  EXPECT_EQ(message.id, "b");
  EXPECT_EQ(message.label_ids, std::vector<std::string>{"B"});
  EXPECT_EQ(message.snippet, "");
  EXPECT_EQ(message.payload.body.data, "bc");
  EXPECT_EQ(message.payload.body.size, 2);
  ASSERT_EQ(message.payload.parts.size(), 1U);
  EXPECT_EQ(message.payload.parts[0].part_id, "9");
  using Fields = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(message.payload.headers, (Fields{{"Cc", "x"}, {"From", "f@g"}}));
  EXPECT_TRUE(
      read_message(R"({"payload":{"parts":[{}]},"payload":7})").value().payload.parts.empty());
  EXPECT_EQ(
      read_thread(R"({"messages":[{},{}],"messages":[{"id":"a"},[{}],1]})").value().messages.size(),
      1U);
}

TEST(MessageJson, WhatIsEscapedIsReadLikeWhatIsNot) {
  std::string text(20'000, 'x');
  const auto message =
      read_message(R"({"i\u0064":"1\u0038c","snippet":"a\n\ud83d\ude00/\/)" + text +
                   R"(","payload":{"headers":[{"n\u0061me":"\u0054o",)"
                   R"("value":"Ann \u003ca@b\u003e"}],"body":{"data":"YQ\u003d="}}})")
          .value();
  EXPECT_EQ(message.id, "18c");
  EXPECT_EQ(message.snippet, "a\n\xF0\x9F\x98\x80//" + text);
  EXPECT_EQ(message.payload.headers.at(0).first, "To");
  EXPECT_EQ(message.payload.headers.at(0).second, "Ann <a@b>");
  EXPECT_EQ(message.payload.body.data, "a");
}

TEST(MessageJson, NumbersOfAnySizeAreIds) {
  const auto message =
      read_message(
          R"({"id":18446744073709551615,"threadId":1e20,"historyId":-3,"labelIds":[1,true,{}]})")
          .value();
  EXPECT_EQ(message.id, "18446744073709551615");
  EXPECT_EQ(message.thread_id, "100000000000000000000");
  EXPECT_EQ(message.history_id, "-3");
  EXPECT_EQ(message.label_ids, std::vector<std::string>{"1"});
}

TEST(MessageJson, TheMessageOfADraftIsRead) {
  EXPECT_EQ(read_draft_message(R"({"id":"r","message":{"id":"m"},"x":{"id":"n"}})").value().id,
            "m");
  EXPECT_EQ(read_draft_message(R"({"id":"r","message":["m"]})").value().id, "");
  EXPECT_EQ(read_draft_message("{}").value().id, "");
  EXPECT_FALSE(read_draft_message("[]"));
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

TEST(MessageJson, AddressesToSendAsAreReadAndTheirConfirmation) {
  const auto all = read_send_as_list(R"({"sendAs":[
      {"sendAsEmail":"a@x.example","displayName":"Ann","replyToAddress":"","isPrimary":true},
      {"sendAsEmail":"b@x.example","replyToAddress":"c@x.example","verificationStatus":"pending"},
      {"sendAsEmail":"d@x.example","isPrimary":"yes","verificationStatus":"accepted"}]})")
                       .value();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_TRUE(all[0].is_primary && all[0].is_confirmed);
  EXPECT_EQ(all[0].display_name, "Ann");
  EXPECT_FALSE(all[1].is_primary || all[1].is_confirmed);
  EXPECT_EQ(all[1].reply_to, "c@x.example");
  EXPECT_FALSE(all[2].is_primary);
  EXPECT_TRUE(all[2].is_confirmed);
  EXPECT_TRUE(read_send_as_list("{}").value().empty());
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
  EXPECT_EQ(read_draft_list(R"({"drafts":[{"id":"r1"}],"nextPageToken":"p"})", 100)
                .value()
                .next_page_token,
            "p");
  EXPECT_EQ(read_thread(R"({"id":"t","messages":[{"id":"a"},{"id":"b"}]})").value().messages.size(),
            2U);
}

}  // namespace
}  // namespace gmail_mcp::google
