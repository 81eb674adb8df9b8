#include "mail/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>

#include "mail/testing/memory_mailbox.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::mail {
namespace {

// Answers everything with one failure, if it is set.
class Moody final : public Feed {
 public:
  explicit Moody(std::optional<Error>& failure) : failure_{failure} {}

  Task<Step> next(std::string cursor, std::size_t /*most*/) override {
    if (failure_) throw Error{*failure_};
    Step step;
    step.cursor = std::move(cursor);
    co_return step;
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) override {
    return "after " + ids.front().str();
  }
  Task<Anew> read_again(std::vector<model::MessageId> /*ids*/) override { co_return Anew{}; }
  bool can_wait() const override { return false; }
  Task<void> wait() override {
    if (failure_) throw Error{*failure_};
    co_return;
  }
  Task<void> rest() override { co_return; }

 private:
  std::optional<Error>& failure_;
};

class ConditionsTest : public ::testing::Test {
 protected:
  ConditionsTest() {
    const auto ann =
        run_to_end(loop_, store_->users().get_or_create(all_, model::ExternalUserId{"ann"}));
    store::NewCredential credential;
    credential.user_id = ann.id;
    credential.gmail_address = "ann@gmail.com";
    id_ = run_to_end(loop_, store_->connections().save(all_, credential)).id;
    conditions_ = std::make_unique<Conditions>(store_->connections(), clock_);
  }

  // The connection as the store has it, a little later.
  model::Connection seen() {
    run_to_end(loop_, store_->flush());
    clock_.advance(std::chrono::seconds{3});
    return *run_to_end(loop_, store_->connections().find(all_, id_));
  }
  void follow() {
    const auto feed = report_condition(std::make_unique<Moody>(failure_), id_, *conditions_);
    try {
      run_to_end(loop_, feed->next("", 1));
    } catch (const Error&) {
      EXPECT_TRUE(failure_.has_value());
    }
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  store::testing::TestStore store_{clock_, *log_};
  std::unique_ptr<Conditions> conditions_;
  std::optional<Error> failure_;
  model::Access all_ = model::Access::system("test");
  model::ConnectionId id_;
};

TEST_F(ConditionsTest, AFeedHearsWhatTheArchiveLacks) {
  const auto feed = report_condition(std::make_unique<Moody>(failure_), id_, *conditions_);
  EXPECT_EQ(feed->lacks({model::MessageId{"18c2"}}), "after 18c2");
}

TEST_F(ConditionsTest, tell_of_a_feed_that_fails_and_goes_on) {
  EXPECT_EQ(seen().state(), "untried");
  failure_ = Error{Errc::unavailable, "The server imap.example:993 could not be reached."};
  follow();
  EXPECT_EQ(seen().state(), "failing");
  EXPECT_EQ(seen().last_error, "The server imap.example:993 could not be reached.");
  failure_.reset();
  follow();
  EXPECT_EQ(seen().state(), "working");
}

TEST_F(ConditionsTest, tell_of_the_calls_of_a_mailbox_but_not_of_what_was_wrong_with_the_request) {
  auto mailbox =
      report_condition(std::make_unique<MemoryMailbox>("ann@gmail.com", clock_), id_, *conditions_);
  EXPECT_THROW(run_to_end(loop_, mailbox->message(model::MessageId{"none"}, Detail::full)), Error);
  EXPECT_EQ(seen().state(), "untried");
  run_to_end(loop_, mailbox->labels());
  EXPECT_EQ(seen().state(), "working");
}

TEST_F(ConditionsTest, every_failure_is_told_but_those_that_are_about_the_request) {
  struct Case {
    Errc code;
    bool is_told;
  };
  const Case cases[] = {
      {Errc::internal, true},    {Errc::invalid_argument, false},   {Errc::unauthenticated, true},
      {Errc::forbidden, true},   {Errc::insufficient_scope, false}, {Errc::not_found, false},
      {Errc::conflict, false},   {Errc::reconnect_required, true},  {Errc::outcome_unknown, true},
      {Errc::too_large, false},  {Errc::unsupported, false},        {Errc::rate_limited, true},
      {Errc::unavailable, true}, {Errc::misconfigured, true},       {Errc::timeout, true}};
  for (const auto& one : cases) {
    const std::string sentence{to_string(one.code)};
    conditions_->failed(id_, Error{one.code, sentence});
    EXPECT_EQ(seen().last_error == sentence, one.is_told) << sentence;
  }
}

TEST_F(ConditionsTest, what_does_not_change_is_written_every_few_minutes_only) {
  const auto written_at = [&] { return seen().last_ok_at; };
  conditions_->ok(id_);
  const auto first = written_at();
  conditions_->ok(id_);
  EXPECT_EQ(written_at(), first);
  clock_.advance(std::chrono::minutes{6});
  conditions_->ok(id_);
  EXPECT_GT(written_at(), first);
}

TEST_F(ConditionsTest, what_changes_is_written_at_once) {
  const Error one{Errc::unavailable, "One."};
  const Error two{Errc::unavailable, "Two."};
  conditions_->trouble(id_, one);
  EXPECT_EQ(seen().last_error, "One.");
  conditions_->trouble(id_, two);
  EXPECT_EQ(seen().last_error, "Two.");
  conditions_->ok(id_);
  EXPECT_EQ(seen().state(), "working");
  conditions_->trouble(id_, two);
  EXPECT_EQ(seen().state(), "failing");
}

TEST_F(ConditionsTest, a_server_that_leaves_blames_no_mailbox) {
  conditions_->close();
  conditions_->trouble(id_, Error{Errc::unavailable, "The server is shutting down."});
  EXPECT_EQ(seen().state(), "untried");
}

}  // namespace
}  // namespace gmail_mcp::mail
