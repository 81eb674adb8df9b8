#include "google/gmail.h"

#include <gtest/gtest.h>

#include "google/testing/gmail_test_bench.h"

namespace gmail_mcp::google {
namespace {

using std::chrono::milliseconds;
using testing::batch_response;
using testing::me;
using testing::refusal;
using testing::RuledClient;

using GmailBatchTest = testing::GmailTest;

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

TEST_F(GmailBatchTest, ABatchAsksForEachMessageAndKeepsTheOrder) {
  google_.on("POST /batch/gmail/v1")
      .saying("GET " + me + "messages/a?format=minimal")
      .saying("GET " + me + "messages/b?format=minimal")
      .authorized_by("token-1")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  const auto messages = run(api_.get_messages({"a", "b"}, View::minimal));
  EXPECT_EQ(messages[0]->id, "a");
  EXPECT_EQ(messages[1]->id, "b");
}

TEST_F(GmailBatchTest, OneMessageNeedsNoBatch) {
  google_.on("GET " + me + "messages/a?format=minimal").answer(200, R"({"id":"a"})");
  EXPECT_EQ(run(api_.get_messages({"a"}, View::minimal))[0]->id, "a");
}

TEST_F(GmailBatchTest, NothingIsAskedForNothing) {
  EXPECT_TRUE(run(api_.get_messages({}, View::full)).empty());
}

TEST_F(GmailBatchTest, OnlyTheFailedPartsAreAskedForAgain) {
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

TEST_F(GmailBatchTest, PartsThatGoOnFailingDoNotHarmTheOthers) {
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

TEST_F(GmailBatchTest, WhatTheQuotaAllowsArrivesAndTheRestIsRateLimited) {
  Meter meter;
  CallTally tally{meter};
  GmailApi api{google_, root_,  tokens_,
               gate_,   clock_, Policy{.units_per_minute = 50, .batch_size = 2},
               nullptr, &tally};
  google_.on("POST /batch")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  const auto messages = run(api.get_messages({"a", "b", "c", "d"}, View::minimal));
  EXPECT_EQ(messages[1]->id, "b");
  EXPECT_EQ(messages[2].error().code, Errc::rate_limited);
  EXPECT_EQ(messages[3].error().retry_after, std::chrono::seconds{61});
  EXPECT_EQ(google_.requests.size(), 1U);
  const auto text = meter.text();
  const std::string calls =
      R"(gmail_mcp_upstream_calls_total{method="messages.get",status="200"} 2)";
  EXPECT_NE(text.find(calls), std::string::npos) << text;
  EXPECT_NE(text.find(R"(gmail_mcp_quota_waits_total{outcome="refused"} 1)"), std::string::npos);
}

TEST_F(GmailBatchTest, of_a_batch_that_is_more_than_the_quota_only_what_is_there_is_asked_for) {
  GmailApi api{google_, root_, tokens_, gate_, clock_, Policy{.units_per_minute = 50}};
  google_.on("POST /batch")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  const auto messages = run(api.get_messages({"a", "b", "c", "d"}, View::minimal));
  EXPECT_EQ(messages[0]->id, "a");
  EXPECT_EQ(messages[1]->id, "b");
  EXPECT_EQ(messages[2].error().code, Errc::rate_limited);
  EXPECT_EQ(messages[3].error().code, Errc::rate_limited);
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailBatchTest, ABatchThatIsRefusedForItsTokenGetsANewOne) {
  google_.on("POST /batch").authorized_by("token-1").answer(401, "");
  google_.on("POST /batch")
      .authorized_by("token-2")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[1]->id, "b");
  EXPECT_EQ(tokens_.replacements, 1);
  EXPECT_EQ(passed(), milliseconds{0});
}

TEST_F(GmailBatchTest, APartWhoseFreshTokenIsRefusedDoesNotSpoilTheOthers) {
  google_.on("POST /batch").authorized_by("token-1").answer(401, "");
  google_.on("POST /batch")
      .authorized_by("token-2")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {401, "", ""}}));
  google_.on("GET " + me + "messages/b").authorized_by("token-2").answer(200, R"({"id":"b"})");
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[1]->id, "b");
  EXPECT_EQ(passed(), Policy{}.first_wait);
}

TEST_F(GmailBatchTest, ABatchThatIsCutOffIsAskedForAgain) {
  google_.on("POST /batch").fails(Errc::unavailable);
  google_.on("POST /batch")
      .answer(batch_response({{200, R"({"id":"a"})", ""}, {200, R"({"id":"b"})", ""}}));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[0]->id, "a");
}

TEST_F(GmailBatchTest, AServerWithoutBatchesIsAskedOneByOneFromThenOn) {
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

TEST_F(GmailBatchTest, ABatchAnswerThatIsNoneIsTakenForARefusal) {
  google_.on("POST /batch").answer(200, "<html>welcome</html>", {{"Content-Type", "text/html"}});
  google_.on("GET " + me + "messages/a").answer(200, R"({"id":"a"})");
  google_.on("GET " + me + "messages/b").answer(404, refusal("notFound"));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[0]->id, "a");
  EXPECT_FALSE(root_.has_batch());
}

TEST_F(GmailBatchTest, AForbiddenMailboxDoesNotCostTheServerItsBatches) {
  google_.on("POST /batch").answer(403, refusal("forbidden"));
  google_.on("GET " + me + "messages/a").answer(403, refusal("forbidden"));
  google_.on("GET " + me + "messages/b").answer(403, refusal("forbidden"));
  EXPECT_EQ(run(api_.get_messages({"a", "b"}, View::minimal))[0].error().code, Errc::forbidden);
  EXPECT_TRUE(root_.has_batch());
}

TEST_F(GmailBatchTest, AHundredMessagesAreTwoBatchesSideBySide) {
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

// A Google that counts the parts of all batches under way and refuses those above its limit with
// 429 at once.
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

TEST_F(GmailBatchTest, AHundredMessagesArriveThoughOnlyTwentyMayBeUnderWay) {
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

TEST_F(GmailBatchTest, ASecondSearchHasLearntFromTheFirst) {
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

TEST_F(GmailBatchTest, LabelsAreCountedInABatch) {
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
