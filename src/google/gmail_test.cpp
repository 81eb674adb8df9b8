#include "google/gmail.h"

#include <gtest/gtest.h>

#include "google/testing/scripted_client.h"

namespace gmail_mcp::google {
namespace {

using std::chrono::milliseconds;
using testing::batch_response;
using testing::RuledClient;
using testing::ScriptedClient;

const std::string me = "/gmail/v1/users/me/";

std::string refusal(std::string_view reason, std::string_view message = "No.") {
  return R"({"error":{"code":0,"message":")" + std::string{message} + R"(","errors":[{"reason":")" +
         std::string{reason} + R"("}]}})";
}

class GmailTest : public ::testing::Test {
 protected:
  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop_, std::move(task));
  }

  template <class T>
  Error error_of(Task<T> task) {
    try {
      run_to_end(loop_, std::move(task));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "nothing was thrown";
    return {Errc::internal, ""};
  }

  milliseconds passed() const { return clock_.now() - ManualClock{}.now(); }

  boost::asio::io_context loop_;
  ScriptedClient google_;
  ManualClock clock_;
  testing::TwoTokens tokens_;
  Gate gate_;
  ApiRoot root_{"https://gmail.test/"};
  GmailApi api_{google_, root_, tokens_, gate_, clock_};
};

TEST_F(GmailTest, TheTokenTravelsInTheHeaderAndNowhereElse) {
  google_.on("GET " + me + "messages/m1?format=full&prettyPrint=false&fields=id,threadId")
      .authorized_by("token-1")
      .answer(200, R"({"id":"m1"})");
  EXPECT_EQ(run(api_.get_message("m1", View::full)).id, "m1");
  EXPECT_EQ(google_.requests[0].url.find("token-1"), std::string::npos);
}

TEST_F(GmailTest, AnIdCannotLeaveItsPlaceInThePath) {
  google_.on("GET " + me + "messages/..%2Fdrafts%2Fd1%3Fx%3D?format=minimal").answer(200, "{}");
  run(api_.get_message("../drafts/d1?x=", View::minimal));
  google_.on("POST " + me + "messages/send%3Fx%3D/trash?").answer(200, "{}");
  run_to_end(loop_, api_.trash_message("send?x="));
}

TEST_F(GmailTest, AnOutlineAsksForThePartsButNotTheirBytes) {
  google_.on("GET " + me + "messages/m?format=full").answer(200, "{}");
  run(api_.get_message("m", View::outline));
  const auto& url = google_.requests[0].url;
  EXPECT_NE(url.find("payload(partId,mimeType,filename,headers,body(attachmentId,size),parts("),
            std::string::npos);
  EXPECT_EQ(url.find("data"), std::string::npos);
}

TEST_F(GmailTest, AListCarriesQueryLabelsAndPage) {
  google_
      .on("GET " + me +
          "messages?maxResults=5&q=from%3Aann%20is%3Aunread&labelIds=INBOX&labelIds=Label_1"
          "&pageToken=p%2B1&prettyPrint=false&fields=messages(id,threadId),nextPageToken")
      .answer(200, R"({"messages":[{"id":"a","threadId":"t"}],"nextPageToken":"p2",
                       "resultSizeEstimate":7})");
  const auto list = run(api_.list_messages({.q = "from:ann is:unread",
                                            .label_ids = {"INBOX", "Label_1"},
                                            .max_results = 5,
                                            .page_token = "p+1"}));
  EXPECT_EQ(list.messages[0].thread_id, "t");
  EXPECT_EQ(list.next_page_token, "p2");
  EXPECT_EQ(list.result_size_estimate, 7);
}

TEST_F(GmailTest, ARefusedTokenIsReplacedOnce) {
  google_.on("GET " + me + "profile").authorized_by("token-1").answer(401, refusal("authError"));
  google_.on("GET " + me + "profile").authorized_by("token-2").answer(200, "{}");
  run(api_.get_profile());
  EXPECT_EQ(tokens_.replacements, 1);
}

TEST_F(GmailTest, AFreshTokenThatIsRefusedTooMeansReconnect) {
  google_.on("GET " + me + "profile").answer(401, refusal("authError"));
  google_.on("GET " + me + "profile").answer(401, refusal("authError"));
  EXPECT_EQ(error_of(api_.get_profile()).code, Errc::reconnect_required);
  EXPECT_EQ(tokens_.replacements, 1);
}

TEST_F(GmailTest, AMissingScopeIsNamedAndNotRetried) {
  google_.on("POST " + me + "messages/send").answer(403, refusal("insufficientPermissions"));
  const auto error = error_of(api_.send_message({.rfc822 = "x", .thread_id = {}}));
  EXPECT_EQ(error.code, Errc::insufficient_scope);
  EXPECT_NE(error.message.find("gmail.send"), std::string::npos);
  EXPECT_EQ(google_.requests.size(), 1U);
}

TEST_F(GmailTest, ARateLimitIsWaitedOut) {
  google_.on("GET " + me + "labels").answer(403, refusal("userRateLimitExceeded"));
  google_.on("GET " + me + "labels")
      .answer(429, refusal("rateLimitExceeded"), {{"Retry-After", "1"}});
  google_.on("GET " + me + "labels").answer(200, R"({"labels":[{"id":"INBOX"}]})");
  EXPECT_EQ(run(api_.list_labels()).size(), 1U);
  EXPECT_GE(passed(), milliseconds{1'400});
  EXPECT_LE(passed(), milliseconds{1'500});
}

TEST_F(GmailTest, AWaitBeyondTheBudgetIsTheCallersToSitOut) {
  google_.on("GET " + me + "labels")
      .answer(429, refusal("rateLimitExceeded",
                           "User-rate limit exceeded.  Retry after 2026-01-01T00:00:40.500Z"));
  const auto error = error_of(api_.list_labels());
  EXPECT_EQ(error.code, Errc::rate_limited);
  EXPECT_TRUE(error.message.starts_with("Rate limited"));
  EXPECT_EQ(error.retry_after, std::chrono::seconds{41});
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailTest, RetriesEndWithinTheirBudget) {
  RuledClient google{[](const http::ClientRequest&) {
    return http::ClientResponse{.status = 503, .headers = {}, .body = "<html>"};
  }};
  GmailApi api{google, root_, tokens_, gate_, clock_};
  EXPECT_EQ(error_of(api.list_labels()).code, Errc::unavailable);
  EXPECT_GE(google.requests, 3);
  EXPECT_LE(passed(), milliseconds{3'000});
}

TEST_F(GmailTest, ACutConnectionIsTriedAgain) {
  google_.on("GET " + me + "labels").fails(Errc::unavailable);
  google_.on("GET " + me + "labels").answer(200, R"({"labels":[]})");
  EXPECT_TRUE(run(api_.list_labels()).empty());
}

TEST_F(GmailTest, ADaysLimitIsNotWaitedFor) {
  google_.on("GET " + me + "labels").answer(403, refusal("dailyLimitExceeded"));
  EXPECT_EQ(error_of(api_.list_labels()).code, Errc::rate_limited);
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailTest, OtherRefusalsAreNotRetried) {
  google_.on("GET " + me + "messages/gone").answer(404, refusal("notFound"));
  EXPECT_EQ(error_of(api_.get_message("gone", View::full)).code, Errc::not_found);
  google_.on("GET " + me + "messages?").answer(400, refusal("invalidArgument"));
  EXPECT_EQ(error_of(api_.list_messages({})).code, Errc::invalid_argument);
  google_.on("GET " + me + "messages?").answer(403, refusal("domainPolicy"));
  EXPECT_EQ(error_of(api_.list_messages({})).code, Errc::forbidden);
  google_.on("GET " + me + "messages?").fails(Errc::timeout);
  EXPECT_EQ(error_of(api_.list_messages({})).code, Errc::timeout);
}

TEST_F(GmailTest, AMessageGoesOutOnceAsJson) {
  google_.on("POST " + me + "messages/send?prettyPrint=false&fields=id,threadId,labelIds")
      .saying(R"("raw":"SGk_")")
      .saying(R"("threadId":"t1")")
      .answer(200, R"({"id":"m9","threadId":"t1"})");
  EXPECT_EQ(run(api_.send_message({.rfc822 = "Hi?", .thread_id = "t1"})).id, "m9");
  EXPECT_EQ(google_.sent_once, 1);
}

TEST_F(GmailTest, ABigMessageGoesOutAsItsBytes) {
  GmailApi api{google_, root_, tokens_, gate_, clock_, Policy{.json_limit = 4}};
  google_.on("POST /upload" + me + "messages/send?uploadType=multipart&prettyPrint=false")
      .saying("Content-Type: message/rfc822\r\n\r\nSubject: \xff\r\n\r\nx\r\n--")
      .saying(R"({"threadId":"t1"})")
      .answer(200, R"({"id":"m9"})");
  run(api.send_message({.rfc822 = "Subject: \xff\r\n\r\nx", .thread_id = "t1"}));
  const auto type = google_.requests[0].headers.get("Content-Type");
  ASSERT_TRUE(type.starts_with("multipart/related; boundary="));
  const std::string boundary{type.substr(type.find('=') + 1)};
  EXPECT_TRUE(google_.requests[0].body.starts_with("--" + boundary + "\r\n"));
  EXPECT_TRUE(google_.requests[0].body.ends_with("\r\n--" + boundary + "--\r\n"));

  google_.on("PUT /upload" + me + "drafts/d1?uploadType=multipart")
      .saying(R"({"message":{}})")
      .answer(200, R"({"id":"d1"})");
  run(api.update_draft("d1", {.rfc822 = "Subject: x\r\n\r\n", .thread_id = {}}));
}

TEST_F(GmailTest, WhatGmailCannotTakeIsNotEvenTried) {
  const RawOutgoing mail{.rfc822 = std::string(36'700'161, 'x'), .thread_id = {}};
  EXPECT_EQ(error_of(api_.send_message(mail)).code, Errc::too_large);
  EXPECT_TRUE(google_.requests.empty());
}

TEST_F(GmailTest, ASendThatMayHaveHappenedIsNeverRepeated) {
  google_.on("POST " + me + "messages/send").answer(503, refusal("backendError"));
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code,
            Errc::outcome_unknown);
  google_.on("POST " + me + "messages/send").fails(Errc::outcome_unknown);
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code,
            Errc::outcome_unknown);
  google_.on("POST " + me + "messages/send").fails(Errc::unavailable);
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code, Errc::unavailable);
  EXPECT_EQ(google_.requests.size(), 3U);
}

TEST_F(GmailTest, ASendThatWasRefusedSaysWhy) {
  google_.on("POST " + me + "messages/send").answer(429, refusal("rateLimitExceeded"));
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code, Errc::rate_limited);
  google_.on("POST " + me + "messages/send").answer(400, refusal("invalidArgument"));
  EXPECT_EQ(error_of(api_.send_message({.rfc822 = "x", .thread_id = {}})).code,
            Errc::invalid_argument);
}

TEST_F(GmailTest, ASendMayChangeATokenThatWasRefusedFirst) {
  google_.on("POST " + me + "drafts/send").authorized_by("token-1").answer(401, "");
  google_.on("POST " + me + "drafts/send").authorized_by("token-2").answer(200, R"({"id":"m"})");
  EXPECT_EQ(run(api_.send_draft("d")).id, "m");
}

TEST_F(GmailTest, AnAcceptedSendWithAnUnreadableAnswerIsStillSent) {
  google_.on("POST " + me + "messages/send").answer(200, "<html>");
  EXPECT_TRUE(run(api_.send_message({.rfc822 = "x", .thread_id = {}})).id.empty());
  google_.on("POST " + me + "drafts?").answer(200, "<html>");
  EXPECT_EQ(error_of(api_.create_draft({.rfc822 = "x", .thread_id = {}})).code,
            Errc::outcome_unknown);
}

TEST_F(GmailTest, DeletingADraftTakesAnEmptyAnswer) {
  google_.on("DELETE " + me + "drafts/d1").answer(204, "");
  run_to_end(loop_, api_.delete_draft("d1"));
  EXPECT_EQ(google_.sent_once, 1);
}

// --- batches
// ---------------------------------------------------------------------------------------

std::vector<std::string> ids(int count) {
  std::vector<std::string> all;
  for (int i = 0; i < count; ++i) all.push_back("m" + std::to_string(i));
  return all;
}

// "/gmail/v1/users/me/messages/m7?format=…" → "m7".
std::string id_in(std::string_view path) {
  const auto begin = path.rfind('/', path.find('?')) + 1;
  return std::string{path.substr(begin, path.find('?') - begin)};
}

TEST_F(GmailTest, ABatchAsksForEachMessageAndKeepsTheOrder) {
  google_.on("POST /batch/gmail/v1")
      .saying("GET " + me + "messages/a?format=minimal")
      .saying("GET " + me + "messages/b?format=minimal")
      .authorized_by("token-1")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  const auto messages = run(api_.get_messages({"a", "b"}, View::minimal));
  EXPECT_EQ(messages[0]->id, "a");
  EXPECT_EQ(messages[1]->id, "b");
}

TEST_F(GmailTest, OneMessageNeedsNoBatch) {
  google_.on("GET " + me + "messages/a?format=minimal").answer(200, R"({"id":"a"})");
  EXPECT_EQ(run(api_.get_messages({"a"}, View::minimal))[0]->id, "a");
}

TEST_F(GmailTest, NothingIsAskedForNothing) {
  EXPECT_TRUE(run(api_.get_messages({}, View::full)).empty());
}

TEST_F(GmailTest, OnlyTheFailedPartsAreAskedForAgain) {
  google_.on("POST /batch/gmail/v1")
      .answer(batch_response({{200, R"({"id":"a"})", ""},
                              {429, refusal("rateLimitExceeded"), "Retry-After: 1"},
                              {404, refusal("notFound"), ""},
                              {503, "", ""}}));
  google_.on("POST /batch/gmail/v1")
      .saying("messages/b?")
      .saying("messages/d?")
      .answer(batch_response({{200, R"({"id":"b"})", ""}, {200, R"({"id":"d"})", ""}}));
  const auto messages = run(api_.get_messages({"a", "b", "c", "d"}, View::minimal));
  EXPECT_EQ(messages[1]->id, "b");
  EXPECT_EQ(messages[2].error().code, Errc::not_found);
  EXPECT_EQ(messages[3]->id, "d");
  EXPECT_EQ(testing::paths_of_batch(google_.requests[1].body).size(), 2U);
  EXPECT_EQ(passed(), milliseconds{1'000});
}

TEST_F(GmailTest, PartsThatGoOnFailingDoNotHarmTheOthers) {
  RuledClient google{[](const http::ClientRequest& request) {
    std::vector<testing::PartAnswer> parts;
    for (const auto& path : testing::paths_of_batch(request.body)) {
      const auto id = id_in(path);
      parts.push_back(id == "m0" ? testing::PartAnswer{503, "", ""}
                                 : testing::PartAnswer{200, R"({"id":")" + id + R"("})", ""});
    }
    if (parts.empty()) return http::ClientResponse{.status = 503, .headers = {}, .body = {}};
    return batch_response(parts);
  }};
  GmailApi api{google, root_, tokens_, gate_, clock_};
  const auto messages = run(api.get_messages(ids(3), View::minimal));
  EXPECT_EQ(messages[0].error().code, Errc::unavailable);
  EXPECT_EQ(messages[2]->id, "m2");
  EXPECT_LE(passed(), milliseconds{3'000});
}

TEST_F(GmailTest, ABatchThatIsRefusedForItsTokenGetsANewOne) {
  google_.on("POST /batch").authorized_by("token-1").answer(401, "");
  google_.on("POST /batch")
      .authorized_by("token-2")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[1]->id, "b");
  EXPECT_EQ(tokens_.replacements, 1);
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailTest, ABatchThatIsCutOffIsAskedForAgain) {
  google_.on("POST /batch").fails(Errc::unavailable);
  google_.on("POST /batch")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[0]->id, "a");
}

TEST_F(GmailTest, AServerWithoutBatchesIsAskedOneByOneFromThenOn) {
  for (const int status : {404, 403, 405}) {
    ApiRoot root{"https://gmail.test"};
    GmailApi api{google_, root, tokens_, gate_, clock_};
    google_.on("POST /batch").answer(status, R"({"message":"Not Found"})");
    for (int i = 0; i < 2; ++i) {
      google_.on("GET " + me + "messages/a").answer(200, R"({"id":"a"})");
      google_.on("GET " + me + "messages/b").answer(200, R"({"id":"b"})");
    }
    EXPECT_EQ(run(api.get_messages({"a", "b"}, View::minimal))[1]->id, "b");
    EXPECT_FALSE(root.has_batch());
    EXPECT_EQ(run(api.get_messages({"a", "b"}, View::minimal))[1]->id, "b");
  }
}

TEST_F(GmailTest, ABatchAnswerThatIsNoneIsTakenForARefusal) {
  google_.on("POST /batch").answer(200, "<html>welcome</html>", {{"Content-Type", "text/html"}});
  google_.on("GET " + me + "messages/a").answer(200, R"({"id":"a"})");
  google_.on("GET " + me + "messages/b").answer(404, refusal("notFound"));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[0]->id, "a");
  EXPECT_FALSE(root_.has_batch());
}

TEST_F(GmailTest, AForbiddenMailboxDoesNotCostTheServerItsBatches) {
  google_.on("POST /batch").answer(403, refusal("forbidden"));
  google_.on("GET " + me + "messages/a").answer(403, refusal("forbidden"));
  google_.on("GET " + me + "messages/b").answer(403, refusal("forbidden"));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[0].error().code, Errc::forbidden);
  EXPECT_TRUE(root_.has_batch());
}

TEST_F(GmailTest, AHundredMessagesAreTwoBatchesSideBySide) {
  RuledClient google{[](const http::ClientRequest& request) {
    std::vector<testing::PartAnswer> parts;
    for (const auto& path : testing::paths_of_batch(request.body)) {
      parts.push_back({200, R"({"id":")" + id_in(path) + R"("})", ""});
    }
    return batch_response(parts);
  }};
  GmailApi api{google, root_, tokens_, gate_, clock_};
  const auto messages = run(api.get_messages(ids(100), View::outline));
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(messages[static_cast<std::size_t>(i)]->id, "m" + std::to_string(i));
  }
  EXPECT_EQ(google.requests, 2);
  EXPECT_EQ(google.most_at_once, 2);
}

// Google counts the parts of all batches under way; what is above its limit gets 429 at once.
class Crowded {
 public:
  explicit Crowded(int limit) : limit_{limit} {}

  http::ClientResponse operator()(const http::ClientRequest& request) {
    if (request.method == "GET") return {.status = 200, .headers = {}, .body = "{}"};
    std::vector<testing::PartAnswer> parts;
    int room = limit_;
    for (const auto& path : testing::paths_of_batch(request.body)) {
      ++asked;
      if (room-- > 0) {
        parts.push_back({200, R"({"id":")" + id_in(path) + R"("})", ""});
      } else {
        parts.push_back(
            {429, refusal("rateLimitExceeded", "Too many concurrent requests for user"), ""});
      }
    }
    return batch_response(parts);
  }

  int asked = 0;

 private:
  int limit_;
};

TEST_F(GmailTest, AHundredMessagesArriveThoughOnlyTwentyMayBeUnderWay) {
  Crowded crowded{20};
  RuledClient google{[&](const http::ClientRequest& request) { return crowded(request); }};
  GmailApi api{google, root_, tokens_, gate_, clock_};
  const auto messages = run(api.get_messages(ids(100), View::outline));
  for (const auto& message : messages) EXPECT_TRUE(message);
  EXPECT_LE(google.requests, 10);
  EXPECT_LE(crowded.asked, 200);
  EXPECT_LE(gate_.limit(), 25U);
  EXPECT_LE(passed(), milliseconds{1'000});
}

TEST_F(GmailTest, ASecondSearchHasLearntFromTheFirst) {
  Crowded crowded{20};
  RuledClient google{[&](const http::ClientRequest& request) { return crowded(request); }};
  GmailApi api{google, root_, tokens_, gate_, clock_};
  run(api.get_messages(ids(100), View::outline));
  crowded.asked = 0;
  for (const auto& message : run(api.get_messages(ids(100), View::outline))) {
    EXPECT_TRUE(message);
  }
  EXPECT_LE(crowded.asked, 120);
}

TEST_F(GmailTest, LabelsAreCountedInABatch) {
  google_.on("POST /batch")
      .saying("GET " + me + "labels/Label_1?prettyPrint=false")
      .answer(batch_response({{200, R"({"id":"INBOX","messagesTotal":3})", ""},
                              {200, R"({"id":"Label_1","messagesUnread":1})", ""}}));
  const auto labels = run(api_.get_labels({"INBOX", "Label_1"}));
  EXPECT_EQ(labels[0]->messages_total, 3);
  EXPECT_EQ(labels[1]->messages_unread, 1);
}

}  // namespace
}  // namespace gmail_mcp::google
