#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "base/cancel_points_test.h"
#include "jwt/issuer_keys.h"
#include "jwt/testing/issuer.h"

namespace gmail_mcp::jwt {
namespace {

const testing::Signer& any_signer() {
  static const testing::Signer signer{"ES256", "one"};
  return signer;
}

// A caller needs the keys while another does. Whatever interferes, the other gets them, and they
// are fetched once.
class Fetching : public Play {
 public:
  explicit Fetching(boost::asio::io_context& on) : Play{on} { issuer_.publish({&any_signer()}); }

  Task<void> act() override {
    others_.spawn(another());
    co_await keys_.current();
  }

  void judge() override {
    run(end());
    EXPECT_TRUE(other_has_them_);
    EXPECT_EQ(issuer_.fetches(), 1);
    EXPECT_TRUE(run(keys_.current())->knows("one"));
    run(keys_.close());
  }

 protected:
  Task<void> another() {
    const auto keys = co_await keys_.current();
    other_has_them_ = keys->knows("one");
  }
  Task<void> end() { co_await others_.join(); }

  ManualClock clock_;
  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  testing::Issuer issuer_;
  IssuerKeys keys_{issuer_, issuer_.name, clock_, *log_};
  TaskGroup others_{loop.get_executor()};
  bool other_has_them_ = false;
};

// The server stops meanwhile: both end, with the keys or without.
class StoppedFetching final : public Fetching {
 public:
  using Fetching::Fetching;
  Task<void> act() override {
    try {
      co_await Fetching::act();
    } catch (const std::exception&) {
      is_stopped_ = true;
    }
  }
  void interfere(boost::asio::cancellation_signal&) override { others_.spawn(keys_.close()); }
  void judge() override {
    run(end());
    EXPECT_LE(issuer_.fetches(), 1);
    if (!is_stopped_) {
      EXPECT_TRUE(run(keys_.current())->knows("one"));
    }
  }

 private:
  bool is_stopped_ = false;
};

// What keeps them fresh is stopped at any point, and leaves nothing running.
class Upkeep final : public Fetching {
 public:
  using Fetching::Fetching;
  Task<void> act() override {
    others_.spawn(keys_.keep_fresh());
    while (issuer_.fetches() < 3) co_await yield();
    others_.cancel();
    co_await others_.join();
  }
  void judge() override {
    others_.cancel();
    run(end());
    run(keys_.close());
    const auto fetches = issuer_.fetches();
    loop.restart();
    loop.run();
    EXPECT_EQ(issuer_.fetches(), fetches);
  }
};

TEST(CancelIssuerKeys, a_fetch_is_for_all_who_wait) {
  EXPECT_GT(interfere_at_every_point<Fetching>("fetching"), 3U);
}

TEST(CancelIssuerKeys, closing_ends_it_at_any_point) {
  EXPECT_GT(interfere_at_every_point<StoppedFetching>("stopped fetching"), 3U);
}

TEST(CancelIssuerKeys, upkeep_stops_at_any_point) {
  EXPECT_GT(interfere_at_every_point<Upkeep>("upkeep"), 3U);
}

}  // namespace
}  // namespace gmail_mcp::jwt
