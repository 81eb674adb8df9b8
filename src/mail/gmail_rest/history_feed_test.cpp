#include "mail/gmail_rest/history_feed.h"

#include <gtest/gtest.h>

#include "crypto/base64.h"
#include "google/testing/scripted_client.h"

namespace gmail_mcp::mail {
namespace {

using google::testing::batch_response;
using google::testing::PartAnswer;
using google::testing::paths_of_batch;
using google::testing::RuledClient;

const std::string my_mailbox = "/gmail/v1/users/me/";

/// A mailbox of messages "m0", "m1"… whose HTTP client accepts answers up to a size.
class HistoryFeedTest : public ::testing::Test {
 protected:
  http::ClientResponse reply(const http::ClientRequest& request) {
    const auto path = request.url.substr(root_.url().size());
    if (path.starts_with(my_mailbox + "profile")) return ok(R"({"historyId":"7"})");
    if (path.starts_with(my_mailbox + "messages?")) {
      asked_ = path;
      return ok(list());
    }
    if (path.starts_with(my_mailbox + "history?")) return ok(history_);
    std::size_t bytes = 0;
    std::vector<PartAnswer> parts;
    auto paths = paths_of_batch(request.body);
    const bool is_batch = !paths.empty();
    if (!is_batch) paths.push_back(path);
    for (const auto& one : paths) {
      const auto begin = one.find("messages/") + 9;
      const auto id = one.substr(begin, one.find('?') - begin);
      const auto text = sizes_.at(std::stoul(id.substr(1)));
      bytes += text;
      parts.push_back({200,
                       R"({"id":")" + id +
                           R"(","payload":{"mimeType":"text/plain","body":{"data":")" +
                           crypto::base64url_encode(std::string(text, 'x')) + R"("}}})",
                       ""});
    }
    if (bytes > most_) throw Error{Errc::too_large, "The server's answer is too large."};
    return is_batch ? batch_response(parts) : ok(parts[0].body);
  }

  static http::ClientResponse ok(std::string body) {
    return {.status = 200, .headers = {}, .body = std::move(body)};
  }

  std::string list() const {
    std::string ids;
    for (std::size_t i = 0; i < sizes_.size(); ++i) {
      ids += (i > 0 ? R"(,{"id":"m)" : R"({"id":"m)") + std::to_string(i) + R"("})";
    }
    return R"({"messages":[)" + ids + "]}";
  }

  std::vector<std::string> first_step() { return step_after(""); }
  std::vector<std::string> step_after(std::string cursor) {
    const GmailRest shared{.http = google_, .root = root_, .clock = clock_};
    const auto feed = open_history_feed(shared, std::make_shared<google::testing::TwoTokens>(),
                                        "me@example.com", {}, reach_);
    step_ = run_to_end(loop_, feed->next(std::move(cursor), 50));
    std::vector<std::string> ids;
    for (const auto& message : step_.added) ids.push_back(message.id.str());
    return ids;
  }

  std::vector<std::size_t> sizes_;
  std::size_t most_ = 10'000'000;
  std::string history_ = R"({"historyId":"8"})";
  Step step_;
  std::chrono::days reach_{0};
  std::string asked_;  // for a list
  boost::asio::io_context loop_;
  ManualClock clock_;
  google::ApiRoot root_{"https://gmail.test"};
  RuledClient google_{[this](const http::ClientRequest& request) { return reply(request); }};
};

TEST_F(HistoryFeedTest, ABatchThatIsTooLargeComesInHalves) {
  sizes_.assign(7, 1'000);
  most_ = 2'500;
  const std::vector<std::string> all{"m0", "m1", "m2", "m3", "m4", "m5", "m6"};
  EXPECT_EQ(first_step(), all);
  EXPECT_EQ(step_.added[6].body_plain, std::string(1'000, 'x'));
  EXPECT_FALSE(step_.cursor.empty());
}

TEST_F(HistoryFeedTest, AMessageTooLargeByItselfIsPassedOverAndTheRestComes) {
  sizes_ = {10, 9'000, 10, 10, 10};
  most_ = 2'500;
  const std::vector<std::string> readable{"m0", "m2", "m3", "m4"};
  EXPECT_EQ(first_step(), readable);
  EXPECT_FALSE(step_.cursor.empty());
}

TEST_F(HistoryFeedTest, WhatIsTooLargeIsNamedAtEveryStepUntilItIsGoneAndNotAskedForAgain) {
  sizes_ = {10, 9'000, 10};
  most_ = 2'500;
  first_step();
  const std::vector<std::string> named{"The message m1 is too large to be read."};
  EXPECT_EQ(step_.stuck, named);
  const auto requests = google_.requests;
  step_after(step_.cursor);
  EXPECT_TRUE(step_.is_last);
  EXPECT_EQ(step_.stuck, named);
  EXPECT_EQ(google_.requests, requests + 1) << "the history alone";

  history_ =
      R"({"historyId":"9","history":[{"id":"9","messagesAdded":[{"message":{"id":"m3"}}]}]})";
  sizes_.push_back(9'000);
  step_after(step_.cursor);
  EXPECT_EQ(step_.stuck, std::vector<std::string>{"Messages are too large to be read (m1, m3)."});

  history_ =
      R"({"historyId":"10","history":[{"id":"10","messagesDeleted":[{"message":{"id":"m1"}},)"
      R"({"message":{"id":"m3"}}]}]})";
  step_after(step_.cursor);
  EXPECT_EQ(step_.stuck, std::vector<std::string>{});
}

TEST_F(HistoryFeedTest, WhatEarlierVersionsWroteIsReadAsItIs) {
  sizes_ = {10};
  for (const auto* cursor : {R"(["since","7",""])", R"(["since","7","",["m0"],0])"}) {
    step_after(cursor);
    EXPECT_FALSE(step_.restarts) << cursor;
    EXPECT_TRUE(step_.is_last) << cursor;
  }
}

TEST_F(HistoryFeedTest, HalvesThatAreLargeStillDoNotFillTheMemory) {
  sizes_.assign(4, 2'000'000);
  most_ = 4'500'000;
  ASSERT_EQ(first_step().size(), 4U);
  for (const auto& message : step_.added) EXPECT_EQ(message.body_plain.size(), 524'288U);
}

TEST_F(HistoryFeedTest, WhatIsTooOldToBeKeptIsNotAskedFor) {
  sizes_ = {10};
  first_step();
  EXPECT_EQ(asked_.find("newer_than"), std::string::npos);
  reach_ = std::chrono::days{30};
  first_step();
  EXPECT_NE(asked_.find("newer_than%3A31d"), std::string::npos) << asked_;
}

}  // namespace
}  // namespace gmail_mcp::mail
