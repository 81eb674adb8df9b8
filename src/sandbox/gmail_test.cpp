// The Gmail REST API over HTTP: shapes, rules and refusals.
#include "sandbox/gmail_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sandbox/test_bench.h"

namespace gmail_mcp::sandbox {
namespace {

using testing::HasSubstr;

class GmailTest : public testing::Test {
 protected:
  GmailTest() { bench.sign_in(); }

  std::string deliver(std::string_view subject, std::string_view text = "hello",
                      std::string_view more = {}) {
    bench.clock.advance(std::chrono::seconds{1});
    return world()
        .deliver(alex, letter("Ann <ann@example.org>", alex, subject, text, more))
        .value();
  }
  World& world() { return bench.world(); }
  boost::json::value get(std::string_view path) {
    return bench.json(bench.api("GET " + std::string{path}));
  }
  std::string reason(const http::ClientResponse& response) {
    const auto body = bench.json(response);
    return std::string{body.at("error").at("errors").at(0).at("reason").as_string()};
  }

  Bench bench;
};

TEST_F(GmailTest, AnEmptyListHasNoMessagesKey) {
  const auto body = get("messages");
  EXPECT_EQ(body.as_object().size(), 1U);
  EXPECT_EQ(body.at("resultSizeEstimate").as_int64(), 0);
}

TEST_F(GmailTest, AListIsNewestFirstAndPagesDoNotOverlap) {
  std::vector<std::string> ids;
  for (int i = 0; i < 5; ++i) ids.push_back(deliver("n" + std::to_string(i)));
  const auto first = get("messages?maxResults=2");
  EXPECT_EQ(first.at("messages").at(0).at("id").as_string(), ids[4]);
  EXPECT_EQ(first.at("messages").at(1).at("id").as_string(), ids[3]);
  deliver("arrives in between");
  const std::string token{first.at("nextPageToken").as_string()};
  const auto second = get("messages?maxResults=2&pageToken=" + token);
  EXPECT_EQ(second.at("messages").at(0).at("id").as_string(), ids[2]);
  const std::string last{second.at("nextPageToken").as_string()};
  const auto third = get("messages?maxResults=2&pageToken=" + last);
  EXPECT_EQ(third.at("messages").as_array().size(), 1U);
  EXPECT_FALSE(third.as_object().contains("nextPageToken"));
  EXPECT_EQ(bench.api("GET messages?pageToken=nonsense").status, 400);
}

TEST_F(GmailTest, ItWritesUnderConfirmedAddressesAndGetsTheirMail) {
  auto& account = *world().find(alex);
  account.send_as = {{"sales@studio.example", "Sales", "desk@studio.example", true},
                     {"new@studio.example", "", "", false}};
  const auto list = get("settings/sendAs").at("sendAs");
  ASSERT_EQ(list.as_array().size(), 3U);
  EXPECT_EQ(list.at(0).at("displayName").as_string(), account.name);
  EXPECT_FALSE(list.at(0).as_object().contains("verificationStatus"));
  EXPECT_EQ(list.at(1).at("replyToAddress").as_string(), "desk@studio.example");
  EXPECT_EQ(list.at(2).at("verificationStatus").as_string(), "pending");
  const auto sent_from = [&](const std::string& from) {
    const auto raw = "From: " + from + "\r\nTo: sales@studio.example\r\nSubject: x\r\n\r\nHi\r\n";
    const auto* sent = world().send(account, raw, "").value();
    EXPECT_TRUE(sent->has_label("INBOX"));
    return header(sent->mail, "From");
  };
  EXPECT_EQ(sent_from("Sales <sales@studio.example>"), "Sales <sales@studio.example>");
  EXPECT_THAT(sent_from("new@studio.example"), HasSubstr(std::string{alex}));
}

TEST_F(GmailTest, AMessageHasGooglesNumbersAndIds) {
  const auto id = deliver("Hi <there> & \"you\"", "It's <b>me</b> & you");
  const auto body = get("messages/" + id);
  EXPECT_EQ(id.size(), 16U);
  EXPECT_EQ(body.at("id").as_string(), body.at("threadId").as_string());
  EXPECT_TRUE(body.at("historyId").is_string());
  EXPECT_TRUE(body.at("internalDate").is_string());
  EXPECT_TRUE(body.at("sizeEstimate").is_int64());
  EXPECT_EQ(body.at("snippet").as_string(), "It&#39;s &lt;b&gt;me&lt;/b&gt; &amp; you");
  EXPECT_EQ(body.at("payload").at("partId").as_string(), "");
  EXPECT_EQ(crypto::base64_decode(body.at("payload").at("body").at("data").as_string()),
            "It's <b>me</b> & you\r\n");
}

TEST_F(GmailTest, FormatsShowMoreOrLess) {
  const auto id = deliver("Subject line");
  const auto minimal = get("messages/" + id + "?format=minimal");
  EXPECT_FALSE(minimal.as_object().contains("payload"));
  const auto metadata =
      get("messages/" + id + "?format=metadata&metadataHeaders=subject&metadataHeaders=From");
  EXPECT_EQ(metadata.at("payload").at("headers").as_array().size(), 2U);
  EXPECT_FALSE(metadata.at("payload").as_object().contains("body"));
  const auto raw = get("messages/" + id + "?format=raw");
  EXPECT_THAT(crypto::base64_decode(raw.at("raw").as_string()).value_or(""),
              HasSubstr("Delivered-To: " + std::string{alex}));
  EXPECT_EQ(bench.api("GET messages/" + id + "?format=everything").status, 400);
}

TEST_F(GmailTest, AnAttachmentIsFetchedByAnIdThatChangesWithEveryGet) {
  const auto id =
      world()
          .deliver(alex,
                   "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\ntext\r\n"
                   "--b\r\nContent-Type: text/csv; name=a.csv\r\n"
                   "Content-Transfer-Encoding: base64\r\n\r\nAAH/\r\n--b--\r\n")
          .value();
  const auto attachment = [&] {
    const auto part = get("messages/" + id).at("payload").at("parts").at(1);
    EXPECT_EQ(part.at("partId").as_string(), "1");
    EXPECT_EQ(part.at("filename").as_string(), "a.csv");
    EXPECT_EQ(part.at("body").at("size").as_int64(), 3);
    return std::string{part.at("body").at("attachmentId").as_string()};
  };
  const auto one = attachment();
  const auto two = attachment();
  EXPECT_NE(one, two);
  EXPECT_GT(one.size(), 256U);
  const auto body = get("messages/" + id + "/attachments/" + one);
  EXPECT_EQ(body.at("data").as_string(), "AAH_");
  EXPECT_EQ(body.at("size").as_int64(), 3);
  EXPECT_EQ(bench.api("GET messages/" + id + "/attachments/bogus").status, 400);
}

TEST_F(GmailTest, UnknownIdsAre404AndImpossibleOnes400) {
  EXPECT_EQ(reason(bench.api("GET messages/00000000000000ff")), "notFound");
  EXPECT_EQ(bench.api("GET messages/not-hex").status, 400);
  EXPECT_EQ(bench.api("GET threads/00000000000000ff").status, 404);
  EXPECT_EQ(bench.api("GET nosuchthing").status, 404);
}

TEST_F(GmailTest, UnknownQueryParametersAreRefused) {
  const auto response = bench.api("GET messages?limit=5");
  EXPECT_EQ(response.status, 400);
  EXPECT_THAT(response.body, HasSubstr("Field 'limit' could not be found in request message."));
  EXPECT_EQ(bench.api("GET messages?maxResults=many").status, 400);
  EXPECT_EQ(bench.api("GET messages?quotaUser=x&prettyPrint=false").status, 200);
}

TEST_F(GmailTest, FieldsAndPrettyPrintShapeTheAnswer) {
  const auto id = deliver("x");
  const auto response = bench.api("GET messages?fields=messages/id&prettyPrint=false");
  EXPECT_EQ(response.body, "{\"messages\":[{\"id\":\"" + id + "\"}]}");
  EXPECT_THAT(bench.api("GET messages").body, HasSubstr("{\n  \"messages\": [\n    {\n"));
  EXPECT_EQ(bench.api("GET messages?fields=messages(").status, 400);
}

TEST_F(GmailTest, SpamAndTrashAreLeftOutUnlessAsked) {
  const auto id = deliver("x");
  EXPECT_EQ(bench.api("POST messages/" + id + "/trash", "{}").status, 200);
  EXPECT_FALSE(get("messages").as_object().contains("messages"));
  EXPECT_TRUE(get("messages?includeSpamTrash=true").as_object().contains("messages"));
  EXPECT_TRUE(get("messages?labelIds=TRASH").as_object().contains("messages"));
  EXPECT_TRUE(get("messages?q=in:anywhere").as_object().contains("messages"));
}

TEST_F(GmailTest, ModifyAnswersTheLabelsAndKnowsWhatIsForbidden) {
  const auto id = deliver("x");
  const auto path = "POST messages/" + id + "/modify";
  const auto body =
      bench.json(bench.api(path, R"({"addLabelIds":["STARRED"],"removeLabelIds":["UNREAD"]})"));
  EXPECT_EQ(body.at("labelIds"), (boost::json::array{"INBOX", "STARRED"}));
  EXPECT_EQ(bench.api(path, R"({"addLabelIds":["Label_404"]})").status, 400);
  EXPECT_EQ(bench.api(path, R"({"addLabelIds":["SENT"]})").status, 400);
  EXPECT_EQ(bench.api(path, "{}").status, 400);
  EXPECT_EQ(bench.api(path, R"({"labels":["STARRED"]})").status, 400);
  EXPECT_EQ(bench.api(path, "not json").status, 400);
}

TEST_F(GmailTest, BatchModifyAnswersNothingAndPassesOverUnknownIds) {
  const auto id = deliver("x");
  const auto response =
      bench.api("POST messages/batchModify",
                R"({"ids":[")" + id + R"(","00000000000000ff"],"removeLabelIds":["INBOX"]})");
  EXPECT_EQ(response.status, 204);
  EXPECT_EQ(response.body, "");
  EXPECT_FALSE(world().mailbox(alex).find(id)->has_label("INBOX"));
}

TEST_F(GmailTest, DeletingIsForGood) {
  const auto id = deliver("x");
  EXPECT_EQ(bench.api("DELETE messages/" + id).status, 204);
  EXPECT_EQ(bench.api("GET messages/" + id).status, 404);
}

TEST_F(GmailTest, LabelsAreMadeRenamedCountedAndDeleted) {
  const auto created = bench.json(bench.api("POST labels", R"({"name":"Travel"})"));
  const std::string id{created.at("id").as_string()};
  EXPECT_THAT(id, testing::StartsWith("Label_"));
  EXPECT_EQ(created.at("type").as_string(), "user");
  EXPECT_EQ(bench.api("POST labels", R"({"name":"travel"})").status, 409);
  EXPECT_EQ(bench.api("POST labels", R"({"name":"Inbox"})").status, 400);
  EXPECT_EQ(bench.api("PATCH labels/" + id, R"({"name":"Trips"})").status, 200);
  const auto message = deliver("x");
  bench.api("POST messages/" + message + "/modify", R"({"addLabelIds":[")" + id + "\"]}");
  const auto counted = get("labels/" + id);
  EXPECT_EQ(counted.at("name").as_string(), "Trips");
  EXPECT_EQ(counted.at("messagesTotal").as_int64(), 1);
  EXPECT_EQ(counted.at("threadsUnread").as_int64(), 1);
  EXPECT_EQ(bench.api("DELETE labels/" + id).status, 204);
  EXPECT_EQ(bench.api("GET labels/" + id).status, 404);
  EXPECT_FALSE(world().mailbox(alex).find(message)->has_label(id));
  EXPECT_EQ(bench.api("DELETE labels/INBOX").status, 400);
}

TEST_F(GmailTest, HistoryTellsWhatHappenedSinceAndNothingOlderThanItKnows) {
  const std::string start{get("profile").at("historyId").as_string()};
  const auto id = deliver("x");
  bench.api("POST messages/" + id + "/modify", R"({"removeLabelIds":["UNREAD"]})");
  bench.api("DELETE messages/" + id);
  const auto body = get("history?startHistoryId=" + start);
  const auto& records = body.at("history").as_array();
  ASSERT_EQ(records.size(), 3U);
  EXPECT_EQ(records[0].at("messagesAdded").at(0).at("message").at("id").as_string(), id);
  EXPECT_EQ(records[1].at("labelsRemoved").at(0).at("labelIds"), (boost::json::array{"UNREAD"}));
  EXPECT_TRUE(records[2].as_object().contains("messagesDeleted"));
  const auto added = get("history?historyTypes=messageAdded&startHistoryId=" + start);
  EXPECT_EQ(added.at("history").as_array().size(), 1U);
  const auto page = get("history?maxResults=2&startHistoryId=" + start);
  const std::string token{page.at("nextPageToken").as_string()};
  const auto rest = get("history?maxResults=2&startHistoryId=" + start + "&pageToken=" + token);
  EXPECT_EQ(rest.at("history").as_array().size(), 1U);
  EXPECT_EQ(reason(bench.api("GET history?startHistoryId=1")), "notFound");
  EXPECT_EQ(bench.api("GET history?startHistoryId=99999999").status, 404);
  EXPECT_EQ(bench.api("GET history").status, 400);
}

TEST_F(GmailTest, ThreadsHoldTheirMessagesOldestFirst) {
  const auto first = deliver("Lunch", "one", "Message-ID: <1@x>\r\n");
  const auto second = deliver("Re: Lunch", "two",
                              "Message-ID: <2@x>\r\nIn-Reply-To: <1@x>\r\nReferences: <1@x>\r\n");
  const auto other = deliver("Dinner", "three", "In-Reply-To: <1@x>\r\n");
  const auto thread = get("threads/" + first);
  ASSERT_EQ(thread.at("messages").as_array().size(), 2U);
  EXPECT_EQ(thread.at("messages").at(1).at("id").as_string(), second);
  const auto list = get("threads");
  EXPECT_EQ(list.at("threads").at(0).at("id").as_string(), other);
  EXPECT_EQ(list.at("threads").at(1).at("snippet").as_string(), "two");
  bench.api("POST threads/" + first + "/trash", "{}");
  EXPECT_TRUE(world().mailbox(alex).find(first)->has_label("TRASH"));
  EXPECT_TRUE(world().mailbox(alex).find(second)->has_label("TRASH"));
}

TEST_F(GmailTest, ADraftKeepsItsIdWhileItsMessageChanges) {
  const auto mail = letter(alex, priya, "Draft", "v1");
  const auto created = bench.json(bench.api("POST drafts", "{\"message\":" + raw_json(mail) + "}"));
  const std::string id{created.at("id").as_string()};
  const auto updated = bench.json(bench.api(
      "PUT drafts/" + id, "{\"message\":" + raw_json(letter(alex, priya, "Draft", "v2")) + "}"));
  EXPECT_EQ(updated.at("id").as_string(), id);
  EXPECT_NE(updated.at("message").at("id"), created.at("message").at("id"));
  EXPECT_EQ(updated.at("message").at("threadId"), created.at("message").at("threadId"));
  EXPECT_EQ(get("drafts").at("drafts").as_array().size(), 1U);
  const auto sent = bench.json(bench.api("POST drafts/send", "{\"id\":\"" + id + "\"}"));
  EXPECT_EQ(sent.at("labelIds"), (boost::json::array{"SENT"}));
  EXPECT_EQ(bench.api("GET drafts/" + id).status, 404);
  EXPECT_EQ(world().mailbox(priya).newest_first().at(0)->snippet, "v2");
  EXPECT_EQ(bench.sandbox().counters().sends, 1U);
}

TEST_F(GmailTest, ADraftIsDeletedWithItsMessage) {
  const auto created = bench.json(bench.api(
      "POST drafts", "{\"message\":" + raw_json(letter(alex, priya, "Draft", "v1")) + "}"));
  EXPECT_EQ(bench.api("DELETE drafts/" + std::string{created.at("id").as_string()}).status, 204);
  EXPECT_EQ(world().mailbox(alex).message_count(), 0U);
}

TEST_F(GmailTest, InsertPutsMailIntoTheMailboxWithoutSendingIt) {
  const auto body = bench.json(bench.api(
      "POST messages", R"({"labelIds":["INBOX"],"raw":")" +
                           crypto::base64url_encode(letter("a@b.example", priya, "In", "x")) +
                           "\"}"));
  EXPECT_EQ(body.at("labelIds"), (boost::json::array{"INBOX"}));
  EXPECT_EQ(world().mailbox(priya).message_count(), 0U);
}

TEST_F(GmailTest, AnotherPersonsMailboxIsRefused) {
  http::Headers headers;
  headers.add("Authorization", "Bearer " + bench.token);
  const auto path = "GET /gmail/v1/users/" + std::string{priya} + "/profile";
  EXPECT_EQ(bench.request(path, {}, headers).status, 403);
  const auto own = "GET /gmail/v1/users/" + std::string{alex} + "/profile";
  EXPECT_EQ(bench.request(own, {}, headers).status, 200);
}

TEST_F(GmailTest, ABadTokenIs401InGooglesWords) {
  bench.token = "ya29.bogus";
  const auto response = bench.api("GET profile");
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(reason(response), "authError");
  EXPECT_EQ(bench.json(response).at("error").at("status").as_string(), "UNAUTHENTICATED");
  EXPECT_EQ(bench.request("GET /gmail/v1/users/me/profile").status, 401);
}

TEST_F(GmailTest, AMissingScopeIs403InGooglesWords) {
  bench.sign_in(alex, "https://www.googleapis.com/auth/gmail.readonly");
  const auto response = bench.api("POST messages/send", raw_json(letter(alex, priya, "x", "y")));
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(reason(response), "insufficientPermissions");
  EXPECT_THAT(response.body, HasSubstr("ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
  EXPECT_EQ(bench.api("GET messages").status, 200);
}

TEST_F(GmailTest, OnlyFullAccessMayDeleteForGood) {
  const auto id = deliver("x");
  bench.sign_in(alex, "https://www.googleapis.com/auth/gmail.modify");
  EXPECT_EQ(bench.api("DELETE messages/" + id).status, 403);
  EXPECT_EQ(bench.api("POST messages/" + id + "/trash", "{}").status, 200);
}

TEST_F(GmailTest, TheMetadataScopeSeesNoBodiesAndSearchesNothing) {
  const auto id = deliver("x");
  bench.sign_in(alex, "https://www.googleapis.com/auth/gmail.metadata");
  EXPECT_EQ(bench.api("GET messages").status, 200);
  EXPECT_EQ(bench.api("GET messages?q=x").status, 403);
  EXPECT_EQ(bench.api("GET messages/" + id).status, 403);
  EXPECT_EQ(bench.api("GET messages/" + id + "?format=metadata").status, 200);
}

TEST_F(GmailTest, TheComposeScopeReadsDraftsButNoMail) {
  const auto id = deliver("x");
  bench.sign_in(alex, "https://www.googleapis.com/auth/gmail.compose");
  const auto created = bench.json(bench.api(
      "POST drafts", "{\"message\":" + raw_json(letter(alex, priya, "Draft", "v1")) + "}"));
  const std::string draft{created.at("id").as_string()};
  EXPECT_TRUE(get("drafts/" + draft).at("message").as_object().contains("payload"));
  EXPECT_EQ(bench.api("GET messages/" + id).status, 403);
}

TEST_F(GmailTest, UnknownPathsAnswerLikeGoogleToo) {
  const auto response = bench.request("GET /gmail/v2/nowhere");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(bench.json(response).at("error").at("code").as_int64(), 404);
}

}  // namespace
}  // namespace gmail_mcp::sandbox
