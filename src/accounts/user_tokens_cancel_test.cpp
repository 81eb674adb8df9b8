#include <gtest/gtest.h>

#include "accounts/user_tokens.h"
#include "store/stored_play_test.h"

namespace gmail_mcp::accounts {
namespace {

// A caller's token has to be looked up. Whatever interferes, the next caller is recognised.
class LookingUp : public store::StoredPlay {
 public:
  explicit LookingUp(boost::asio::io_context& on) : store::StoredPlay{on} {
    model::UserToken wanted;
    wanted.user = connection_.external_user_id;
    auto made = run(tokens_.make(all_, std::move(wanted)));
    text_ = made.text.reveal();
  }

  Task<void> act() override {
    const auto caller = co_await tokens_.recognize(text_);
    EXPECT_TRUE(caller);
  }

  void judge() override {
    run(end());
    EXPECT_TRUE(run(tokens_.recognize(text_)));
    run(tokens_.close());
  }

 protected:
  Task<void> end() { co_await side_.join(); }

  UserTokens tokens_{loop.get_executor(), *store_, clock_};
  std::string text_;
};

// Two callers share one question, and the one for whom it was asked leaves.
class SharedLookingUp final : public LookingUp {
 public:
  using LookingUp::LookingUp;
  Task<void> act() override {
    side_.spawn(another());
    return LookingUp::act();
  }

 private:
  Task<void> another() {
    const auto caller = co_await tokens_.recognize(text_);
    EXPECT_TRUE(caller);
  }
};

// The server stops while somebody waits: told so, or recognised, but never left waiting.
class ClosedLookingUp final : public LookingUp {
 public:
  using LookingUp::LookingUp;
  Task<void> act() override {
    try {
      co_await LookingUp::act();
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::unavailable);
    }
  }
  void interfere(boost::asio::cancellation_signal&) override { side_.spawn(close()); }

 private:
  Task<void> close() { co_await tokens_.close(); }
};

TEST(UserTokensAtEveryPoint, a_caller_who_leaves_takes_nothing_from_the_next) {
  EXPECT_GE(interfere_at_every_point<LookingUp>("looking up a token"), 3U);
  EXPECT_GE(interfere_at_every_point<SharedLookingUp>("looking up a token for two"), 3U);
}

TEST(UserTokensAtEveryPoint, nobody_is_left_waiting_when_the_server_stops) {
  EXPECT_GE(interfere_at_every_point<ClosedLookingUp>("looking up a token at the end"), 3U);
}

}  // namespace
}  // namespace gmail_mcp::accounts
