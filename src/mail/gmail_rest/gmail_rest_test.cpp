#include "mail/gmail_rest/gmail_rest.h"

#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "google/testing/scripted_client.h"
#include "mail/gmail_rest/history_feed.h"

namespace gmail_mcp::mail {
namespace {

using google::testing::batch_response;
using google::testing::PartAnswer;
using google::testing::RuledClient;
using google::testing::ScriptedClient;

const std::string me = "/gmail/v1/users/me/";
const std::string scope_root = "https://www.googleapis.com/auth/gmail.";

std::string refusal(std::string_view reason) {
  return R"({"error":{"errors":[{"reason":")" + std::string{reason} + R"("}]}})";
}

class GmailRestTest : public ::testing::Test {
 protected:
  std::unique_ptr<Mailbox> open(http::Client& http, std::vector<std::string> scopes = {}) {
    const GmailRest shared{.http = http, .root = root_, .clock = clock_};
    return open_gmail_rest(shared, std::make_shared<google::testing::TwoTokens>(), "me@example.com",
                           std::move(scopes));
  }

  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }
  void run(Task<void> task) { run_to_end(loop_, std::move(task)); }

  template <class T>
  Error error_of(Task<T> task) {
    try {
      run(std::move(task));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Errc::internal, ""};
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  google::ApiRoot root_{"https://gmail.test"};
  ScriptedClient google_;
  std::unique_ptr<Mailbox> mailbox_ = open(google_);
};

TEST_F(GmailRestTest, whoever_asks_for_a_mailbox_spends_of_the_same_minute) {
  google::UnitBook units{google::QuotaLimits{.units_per_minute = 2}};
  const GmailRest shared{.http = google_, .root = root_, .clock = clock_, .units = &units};
  const auto tokens = std::make_shared<google::testing::TwoTokens>();
  for (int i = 0; i < 2; ++i) {
    google_.on("GET " + me + "profile").answer(200, R"({"emailAddress":"me@example.com"})");
    run(open_gmail_rest(shared, tokens, "me@example.com", {})->profile());
  }
  const auto again = open_gmail_rest(shared, tokens, "me@example.com", {});
  EXPECT_EQ(error_of(again->profile()).code, Errc::rate_limited);
  const auto feed = open_history_feed(shared, tokens, "me@example.com", {}, std::chrono::days{0});
  EXPECT_EQ(error_of(feed->next("", 10)).code, Errc::rate_limited);
  EXPECT_EQ(google_.requests.size(), 2U);
}

// --- searching
// -------------------------------------------------------------------------------------

TEST_F(GmailRestTest, ASearchOfAHundredIsThreeRequests) {
  RuledClient google{[](const http::ClientRequest& request) {
    std::vector<PartAnswer> parts;
    for (const auto& path : google::testing::paths_of_batch(request.body)) {
      EXPECT_EQ(path.find("data"), std::string::npos);
      const auto begin = path.find("messages/") + 9;
      parts.push_back(
          {200, R"({"id":")" + path.substr(begin, path.find('?') - begin) + R"("})", ""});
    }
    if (!parts.empty()) return batch_response(parts);
    std::string list = R"({"resultSizeEstimate":201,"nextPageToken":"next","messages":[)";
    for (int i = 0; i < 100; ++i) {
      list += (i > 0 ? "," : "") + (R"({"id":"m)" + std::to_string(i) + R"("})");
    }
    return http::ClientResponse{.status = 200, .headers = {}, .body = list + "]}"};
  }};
  const auto mailbox = open(google);
  Query query;
  query.max_results = 100;
  const auto page = run(mailbox->search(query));
  EXPECT_EQ(google.requests, 3);
  ASSERT_EQ(page.messages.size(), 100U);
  EXPECT_EQ(page.messages[99].id.str(), "m99");
  EXPECT_EQ(page.next_page_token, "next");
  EXPECT_EQ(page.total_estimate, 201);
}

TEST_F(GmailRestTest, ASearchKnowsAttachmentsWithoutTheirBytes) {
  google_.on("GET " + me + "messages?maxResults=10&q=invoice&")
      .answer(200, R"({"messages":[{"id":"a"}]})");
  google_.on("GET " + me + "messages/a?format=full").answer(200, R"({"id":"a","payload":{
      "mimeType":"multipart/mixed","parts":[
        {"partId":"0","mimeType":"text/plain","filename":"","body":{"size":3}},
        {"partId":"1","mimeType":"application/pdf","filename":"i.pdf",
         "body":{"attachmentId":"X","size":5}}]}})");
  Query query;
  query.text = "invoice";
  const auto page = run(mailbox_->search(query));
  EXPECT_TRUE(page.messages[0].has_attachments);
  EXPECT_EQ(page.messages[0].attachments[0].filename, "i.pdf");
  EXPECT_TRUE(page.messages[0].body_plain.empty());
  EXPECT_TRUE(page.next_page_token.empty());
}

TEST_F(GmailRestTest, MailNestedDeeperThanAnOutlineIsReadWhole) {
  google_.on("GET " + me + "messages?").answer(200, R"({"messages":[{"id":"a"}]})");
  google_.on("GET " + me + "messages/a?format=full")
      .answer(200, R"({"id":"a","payload":{"mimeType":"multipart/mixed"}})");
  google_.on("GET " + me + "messages/a?format=full").answer(200, R"({"id":"a","payload":{
      "mimeType":"multipart/mixed","parts":[
        {"partId":"0","mimeType":"text/plain","filename":"","body":{"data":"aGk"}},
        {"partId":"1","mimeType":"application/pdf","filename":"i.pdf","body":{"size":5}}]}})");
  const auto page = run(mailbox_->search({}));
  EXPECT_TRUE(page.messages[0].has_attachments);
  EXPECT_TRUE(page.messages[0].body_plain.empty());
}

TEST_F(GmailRestTest, WhatWasDeletedMeanwhileIsSaidToBeMissing) {
  google_.on("GET " + me + "messages?").answer(200, R"({"messages":[{"id":"a"},{"id":"b"}]})");
  google_.on("POST /batch")
      .answer(batch_response({{404, refusal("notFound"), ""}, {200, R"({"id":"b"})", ""}}));
  const auto page = run(mailbox_->search({}));
  ASSERT_EQ(page.messages.size(), 1U);
  ASSERT_EQ(page.omitted.size(), 1U);
  EXPECT_EQ(page.omitted[0].id.str(), "a");
  EXPECT_EQ(page.omitted[0].reason, "deleted_meanwhile");
}

TEST_F(GmailRestTest, ARateLimitInTheMiddleKeepsWhatCame) {
  google_.on("GET " + me + "messages?").answer(200, R"({"messages":[{"id":"a"},{"id":"b"}]})");
  google_.on("POST /batch")
      .answer(batch_response(
          {{429, refusal("rateLimitExceeded"), "Retry-After: 60"}, {200, R"({"id":"b"})", ""}}));
  const auto page = run(mailbox_->search({}));
  EXPECT_EQ(page.messages.size(), 1U);
  EXPECT_EQ(page.omitted[0].reason, "upstream_error");
}

// A mailbox whose HTTP client accepts answers up to 2,500 bytes of text: messages "m0", "m1" … of
// these sizes, all in one thread.
class GmailRestPieces : public GmailRestTest {
 protected:
  http::ClientResponse reply(const http::ClientRequest& request) {
    const auto path = request.url.substr(root_.url().size());
    const bool is_full = path.find("format=full") != std::string::npos;
    if (path.starts_with(me + "messages?")) return ok(R"({"messages":[)" + all(false) + "]}");
    if (path.starts_with(me + "threads/t?")) {
      if (is_full) throw Error{Errc::too_large, "The server's answer is too large."};
      return ok(R"({"id":"t","messages":[)" + all(false) + "]}");
    }
    std::size_t bytes = 0;
    std::vector<PartAnswer> parts;
    auto paths = google::testing::paths_of_batch(request.body);
    const bool is_batch = !paths.empty();
    if (!is_batch) paths.push_back(path);
    for (const auto& one : paths) {
      const auto begin = one.find("messages/m") + 10;
      const auto number = std::stoul(one.substr(begin, one.find('?') - begin));
      bytes += sizes_.at(number);
      parts.push_back({200, message(number, true), ""});
    }
    if (bytes > 2'500) throw Error{Errc::too_large, "The server's answer is too large."};
    return is_batch ? batch_response(parts) : ok(parts[0].body);
  }

  static http::ClientResponse ok(std::string body) {
    return {.status = 200, .headers = {}, .body = std::move(body)};
  }
  std::string message(std::size_t number, bool has_text) const {
    auto text = R"({"id":"m)" + std::to_string(number) + R"(","threadId":"t")";
    if (has_text) {
      text += R"(,"payload":{"mimeType":"text/plain","body":{"data":")" +
              crypto::base64url_encode(std::string(sizes_[number], 'x')) + R"("}})";
    }
    return text + "}";
  }
  std::string all(bool has_text) const {
    std::string list;
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      list += (i > 0 ? "," : "") + message(i, has_text);
    }
    return list;
  }

  std::vector<std::size_t> sizes_{1'000, 1'000, 9'000, 1'000, 1'000};
  RuledClient pieces_{[this](const http::ClientRequest& request) { return reply(request); }};
};

TEST_F(GmailRestPieces, AConversationTooLargeAtOnceComesInPiecesAndNamesWhatDoesNotFit) {
  const auto mailbox = open(pieces_);
  const auto thread = run(mailbox->thread(model::ThreadId{"t"}));
  ASSERT_EQ(thread.messages.size(), 4U);
  for (const auto& message : thread.messages) EXPECT_EQ(message.body_plain.size(), 1'000U);
  ASSERT_EQ(thread.omitted.size(), 1U);
  EXPECT_EQ(thread.omitted[0].id.str(), "m2");
  EXPECT_EQ(thread.omitted[0].reason, "too_large");
}

TEST_F(GmailRestPieces, APageTooLargeAtOnceComesInPiecesAndNamesWhatDoesNotFit) {
  const auto mailbox = open(pieces_);
  for (const bool include_body : {false, true}) {
    Query query;
    query.include_body = include_body;
    const auto page = run(mailbox->search(std::move(query)));
    EXPECT_EQ(page.messages.size(), 4U);
    ASSERT_EQ(page.omitted.size(), 1U);
    EXPECT_EQ(page.omitted[0].id.str(), "m2");
    EXPECT_EQ(page.omitted[0].reason, "too_large");
  }
}

TEST_F(GmailRestTest, APageOfNothingButFailuresIsAFailure) {
  google_.on("GET " + me + "messages?").answer(200, R"({"messages":[{"id":"a"},{"id":"b"}]})");
  const PartAnswer busy{429, refusal("rateLimitExceeded"), "Retry-After: 60"};
  google_.on("POST /batch").answer(batch_response({busy, busy}));
  const auto error = error_of(mailbox_->search({}));
  EXPECT_EQ(error.code, Errc::rate_limited);
  EXPECT_EQ(error.retry_after, std::chrono::seconds{60});
}

TEST_F(GmailRestTest, NothingFoundIsAnEmptyPage) {
  google_.on("GET " + me + "messages?").answer(200, R"({"resultSizeEstimate":0})");
  const auto page = run(mailbox_->search({}));
  EXPECT_TRUE(page.messages.empty());
  EXPECT_TRUE(page.next_page_token.empty());
}

// --- scopes
// ----------------------------------------------------------------------------------------

TEST_F(GmailRestTest, WhatTheScopesDoNotAllowIsNotEvenAsked) {
  const auto sender = open(google_, {"openid", scope_root + "send"});
  const auto error = error_of(sender->search({}));
  EXPECT_EQ(error.code, Errc::insufficient_scope);
  EXPECT_NE(error.message.find("gmail.readonly"), std::string::npos);
  const auto reader = open(google_, {scope_root + "readonly"});
  const auto refused = error_of(reader->send({}));
  EXPECT_NE(refused.message.find("gmail.send"), std::string::npos);
  EXPECT_EQ(error_of(reader->trash(model::MessageId{"m"})).code, Errc::insufficient_scope);
  EXPECT_TRUE(google_.requests.empty());
}

TEST_F(GmailRestTest, MetadataAloneReadsNoBodies) {
  const auto mailbox = open(google_, {scope_root + "metadata"});
  EXPECT_EQ(error_of(mailbox->message(model::MessageId{"m"}, Detail::full)).code,
            Errc::insufficient_scope);
  google_.on("GET " + me + "messages/m?format=minimal").answer(200, R"({"id":"m"})");
  EXPECT_EQ(run(mailbox->message(model::MessageId{"m"}, Detail::minimal)).id.str(), "m");
}

// --- messages and attachments
// ----------------------------------------------------------------------

TEST_F(GmailRestTest, AVeryLongTextIsFetchedApart) {
  google_.on("GET " + me + "messages/m?format=full").answer(200, R"({"id":"m","payload":{
      "mimeType":"text/plain","filename":"","body":{"attachmentId":"LONG","size":9}}})");
  google_.on("GET " + me + "messages/m/attachments/LONG")
      .answer(200, R"({"size":4,"data":"bG9uZw"})");
  EXPECT_EQ(run(mailbox_->message(model::MessageId{"m"}, Detail::full)).body_plain, "long");
}

constexpr std::string_view with_files =
    R"({"id":"m","payload":{"mimeType":"multipart/mixed","parts":[
  {"partId":"0","mimeType":"text/plain","filename":"","body":{"size":3}},
  {"partId":"1","mimeType":"application/pdf","filename":"a.pdf",
   "body":{"attachmentId":"NEW-1","size":4}},
  {"partId":"2","mimeType":"text/csv","filename":"b.csv","body":{"size":3}}]}})";

TEST_F(GmailRestTest, AnAttachmentIsFetchedByTheIdItHasNow) {
  google_.on("GET " + me + "messages/m?format=full").answer(200, std::string{with_files});
  google_.on("GET " + me + "messages/m/attachments/NEW-1?")
      .answer(200, R"({"size":4,"data":"_-__gA"})");
  const auto file = run(mailbox_->attachment(model::MessageId{"m"}, "1"));
  EXPECT_EQ(file.filename, "a.pdf");
  EXPECT_EQ(file.mime_type, "application/pdf");
  EXPECT_EQ(file.content, "\xff\xef\xff\x80");
}

TEST_F(GmailRestTest, GmailsOwnAttachmentIdIsTakenToo) {
  google_.on("GET " + me + "messages/m?format=full").answer(200, std::string{with_files});
  google_.on("GET " + me + "messages/m/attachments/NEW-1?").answer(200, R"({"data":"AAAAAA"})");
  EXPECT_EQ(run(mailbox_->attachment(model::MessageId{"m"}, "NEW-1")).filename, "a.pdf");
}

TEST_F(GmailRestTest, AnOldAttachmentIdStillFindsItsName) {
  google_.on("GET " + me + "messages/m?format=full").answer(200, std::string{with_files});
  google_.on("GET " + me + "messages/m/attachments/OLD-1?").answer(200, R"({"data":"AAAAAA"})");
  const auto file = run(mailbox_->attachment(model::MessageId{"m"}, "OLD-1"));
  EXPECT_EQ(file.filename, "a.pdf");
  EXPECT_EQ(file.content.size(), 4U);
}

TEST_F(GmailRestTest, AFileWithoutAnIdIsTakenFromTheMessageItself) {
  const std::string mail =
      "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nhi\r\n"
      "--b\r\nContent-Type: application/pdf; name=a.pdf\r\n\r\nPDF!\r\n"
      "--b\r\nContent-Type: text/csv; name=b.csv\r\n\r\n\xe9;1\r\n--b--\r\n";
  google_.on("GET " + me + "messages/m?format=full").answer(200, std::string{with_files});
  google_.on("GET " + me + "messages/m?format=raw")
      .answer(200, R"({"raw":")" + crypto::base64url_encode(mail) + R"("})");
  const auto file = run(mailbox_->attachment(model::MessageId{"m"}, "2"));
  EXPECT_EQ(file.filename, "b.csv");
  EXPECT_EQ(file.content, "\xe9;1");
}

TEST_F(GmailRestTest, AnAttachmentThatIsNotThereIsNotFound) {
  for (const auto* id : {"0", "7", "0.1"}) {
    google_.on("GET " + me + "messages/m?format=full").answer(200, std::string{with_files});
    EXPECT_EQ(error_of(mailbox_->attachment(model::MessageId{"m"}, id)).code, Errc::not_found);
  }
  google_.on("GET " + me + "messages/m?format=full").answer(200, std::string{with_files});
  google_.on("GET " + me + "messages/m/attachments/ANGjdJ9").answer(404, refusal("notFound"));
  EXPECT_EQ(error_of(mailbox_->attachment(model::MessageId{"m"}, "ANGjdJ9")).code, Errc::not_found);
}

TEST_F(GmailRestTest, LabelsComeWithTheirCounts) {
  google_.on("GET " + me + "labels?")
      .answer(200, R"({"labels":[{"id":"INBOX","name":"INBOX","type":"system"},
                                 {"id":"Label_1","name":"Work","type":"user"}]})");
  google_.on("POST /batch")
      .answer(
          batch_response({{200, R"({"messagesTotal":9,"messagesUnread":2})", ""}, {404, "", ""}}));
  const auto labels = run(mailbox_->labels());
  EXPECT_TRUE(labels[0].is_system);
  EXPECT_EQ(labels[0].messages_unread, 2);
  EXPECT_EQ(labels[1].name, "Work");
  EXPECT_FALSE(labels[1].messages_total);
}

TEST_F(GmailRestTest, AThreadIsOldestFirst) {
  google_.on("GET " + me + "threads/t?format=full&prettyPrint=false&fields=id,messages(id,")
      .answer(200, R"({"id":"t","messages":[{"id":"b","internalDate":"2000"},
                                            {"id":"a","internalDate":"1000"}]})");
  const auto thread = run(mailbox_->thread(model::ThreadId{"t"}));
  EXPECT_EQ(thread.messages[0].id.str(), "a");
  EXPECT_EQ(thread.messages[1].id.str(), "b");
}

// --- sending
// ---------------------------------------------------------------------------------------

TEST_F(GmailRestTest, ASentMessageHasItsIds) {
  google_.on("POST " + me + "messages/send").answer(200, R"({"id":"m9","threadId":"t9"})");
  Outgoing mail;
  mail.rfc822 = "Subject: x\r\n\r\n";
  const auto sent = run(mailbox_->send(mail));
  EXPECT_EQ(sent.message_id->str(), "m9");
  EXPECT_EQ(sent.thread_id->str(), "t9");
}

TEST_F(GmailRestTest, AnUnclearSendIsFoundByItsMessageId) {
  google_.on("GET " + me + "messages?maxResults=1&q=in%3Asent%20rfc822msgid%3A1.2%40example.com&")
      .answer(200, R"({"messages":[{"id":"m9","threadId":"t9"}]})");
  const auto sent = run(mailbox_->find_sent("<1.2@example.com>", "s1", clock_.now()));
  EXPECT_EQ(sent->message_id->str(), "m9");
}

TEST_F(GmailRestTest, WhenGmailChangedTheMessageIdOurOwnHeaderTells) {
  google_.on("GET " + me + "messages?maxResults=1&q=in%3Asent%20rfc822msgid").answer(200, "{}");
  google_.on("GET " + me + "messages?maxResults=100&q=in%3Asent%20after%3A1767225480&")
      .answer(200, R"({"messages":[{"id":"a"},{"id":"b"}]})");
  google_.on("POST /batch")
      .saying("format=metadata&metadataHeaders=X-Gmail-MCP-Send")
      .answer(batch_response(
          {{200, R"({"id":"a","payload":{"headers":[{"name":"X-Gmail-MCP-Send","value":"s0"}]}})",
            ""},
           {200,
            R"({"id":"b","threadId":"t",
                "payload":{"headers":[{"name":"x-gmail-mcp-send","value":" s1"}]}})",
            ""}}));
  const auto sent = run(mailbox_->find_sent("<1@example.com>", "s1", clock_.now()));
  EXPECT_EQ(sent->message_id->str(), "b");
  EXPECT_EQ(sent->thread_id->str(), "t");
}

TEST_F(GmailRestTest, AnIndexThatLagsIsMadeUpForByLooking) {
  google_.on("GET " + me + "messages?maxResults=1&").answer(200, "{}");
  google_.on("GET " + me + "messages?maxResults=100&").answer(200, R"({"messages":[{"id":"a"}]})");
  google_.on("GET " + me + "messages/a?format=metadata")
      .answer(200, R"({"id":"a","payload":{"headers":[{"name":"Message-Id","value":"<1@x>"}]}})");
  EXPECT_TRUE(run(mailbox_->find_sent("<1@x>", "", clock_.now())));
}

TEST_F(GmailRestTest, WhatWasNotSentIsNotFound) {
  google_.on("GET " + me + "messages?maxResults=1&").answer(200, "{}");
  google_.on("GET " + me + "messages?maxResults=100&").answer(200, "{}");
  EXPECT_FALSE(run(mailbox_->find_sent("<1@example.com>", "s1", clock_.now())));
}

TEST_F(GmailRestTest, NotThereIsNotSaidAboutWhatCouldNotBeSeen) {
  google_.on("GET " + me + "messages?maxResults=100&")
      .answer(200, R"({"messages":[{"id":"a"},{"id":"b"}]})");
  google_.on("POST /batch")
      .answer(batch_response(
          {{200, R"({"id":"a"})", ""}, {429, refusal("rateLimitExceeded"), "Retry-After: 60"}}));
  EXPECT_EQ(error_of(mailbox_->find_sent("<un\"searchable>", "s1", clock_.now())).code,
            Errc::rate_limited);
}

TEST_F(GmailRestTest, DraftsAreListedWithTheirMessages) {
  google_.on("GET " + me + "drafts?maxResults=5&pageToken=p&")
      .answer(200, R"({"drafts":[{"id":"r1","message":{"id":"m1","threadId":"t1"}}],
                       "nextPageToken":"q"})");
  const auto page = run(mailbox_->drafts(5, "p"));
  EXPECT_EQ(page.drafts[0].id.str(), "r1");
  EXPECT_EQ(page.drafts[0].sent.message_id->str(), "m1");
  EXPECT_EQ(page.next_page_token, "q");
}

}  // namespace
}  // namespace gmail_mcp::mail
