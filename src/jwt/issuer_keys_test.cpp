#include "jwt/issuer_keys.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <functional>

#include "jwt/testing/issuer.h"

namespace gmail_mcp::jwt {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class IssuerKeysTest : public ::testing::Test {
 protected:
  ~IssuerKeysTest() override { run_to_end(loop, keys.close()); }

  KeySetPtr current() { return run_to_end(loop, keys.current()); }
  KeySetPtr newer_than(KeySetPtr known) {
    return run_to_end(loop, keys.newer_than(std::move(known)));
  }
  // The Error of a call that fails.
  static Error failure(const std::function<void()>& call) {
    try {
      call();
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "it did not fail";
    return Error{Errc::internal, ""};
  }

  boost::asio::io_context loop{1};
  ManualClock clock;
  std::string lines;
  std::unique_ptr<Log> log = Log::capture(lines);
  testing::Signer first{"ES256", "first"};
  testing::Signer second{"ES256", "second"};
  testing::Issuer issuer;
  IssuerKeys keys{issuer, issuer.name, clock, *log};
};

Task<void> take(IssuerKeys& keys, std::vector<KeySetPtr>& out) {
  out.push_back(co_await keys.current());
}

TEST_F(IssuerKeysTest, many_callers_wait_for_one_fetch) {
  issuer.publish({&first});
  std::vector<KeySetPtr> got;
  std::vector<Task<void>> callers;
  for (int i = 0; i < 20; ++i) callers.push_back(take(keys, got));
  run_to_end(loop, run_all(std::move(callers)));
  EXPECT_EQ(got.size(), 20U);
  EXPECT_EQ(issuer.asked.size(), 2U);
  EXPECT_TRUE(current()->knows("first"));
  EXPECT_EQ(issuer.asked.size(), 2U);
}

TEST_F(IssuerKeysTest, a_caller_who_leaves_does_not_end_the_fetch) {
  issuer.publish({&first});
  TaskGroup leaving{loop.get_executor()};
  std::vector<KeySetPtr> got;
  leaving.spawn(take(keys, got));
  leaving.cancel();
  run_to_end(loop, [](TaskGroup& group) -> Task<void> { co_await group.join(); }(leaving));
  EXPECT_TRUE(current()->knows("first"));
  EXPECT_EQ(issuer.fetches(), 1);
}

TEST_F(IssuerKeysTest, old_keys_serve_while_new_ones_are_fetched) {
  issuer.publish({&first});
  current();
  issuer.publish({&second});
  clock.advance(minutes{61});
  EXPECT_TRUE(current()->knows("first")) << "nobody waits";
  loop.restart();
  loop.run();
  EXPECT_EQ(issuer.fetches(), 2);
  EXPECT_TRUE(current()->knows("second"));
}

TEST_F(IssuerKeysTest, an_unknown_key_is_asked_for_once_in_a_while) {
  issuer.publish({&first});
  const auto old = current();
  issuer.publish({&second});
  EXPECT_EQ(newer_than(old), old) << "they were fetched a moment ago";
  clock.advance(seconds{11});
  const auto renewed = newer_than(old);
  EXPECT_TRUE(renewed->knows("second"));
  EXPECT_EQ(newer_than(old), renewed) << "somebody else's fetch found them";
  for (int i = 0; i < 100; ++i) newer_than(renewed);
  EXPECT_EQ(issuer.fetches(), 2);
}

TEST_F(IssuerKeysTest, what_an_unreachable_issuer_said_holds_for_a_day) {
  issuer.publish({&first});
  const auto old = current();
  issuer.failure = Error{Errc::unavailable, "down"};
  clock.advance(hours{23});
  EXPECT_EQ(current(), old);
  loop.restart();
  loop.run();
  EXPECT_EQ(current(), old);
  EXPECT_EQ(keys.condition().keys, 1U);
  EXPECT_TRUE(keys.condition().failure);
  clock.advance(minutes{61});
  const auto refused = failure([this] { current(); });
  EXPECT_EQ(refused.code, Errc::unavailable);
  EXPECT_EQ(keys.condition().keys, 0U);
  issuer.failure.reset();
  clock.advance(seconds{6});
  EXPECT_TRUE(current()->knows("first"));
}

TEST_F(IssuerKeysTest, an_unreachable_issuer_is_asked_at_most_every_few_seconds) {
  issuer.failure = Error{Errc::timeout, "slow"};
  for (int i = 0; i < 50; ++i) {
    const auto refused = failure([this] { current(); });
    EXPECT_EQ(refused.code, Errc::unavailable);
    EXPECT_EQ(refused.retry_after, seconds{5});
  }
  EXPECT_EQ(issuer.asked.size(), 1U);
  // A rotated key cannot be told from an invented one while the issuer is silent.
  EXPECT_EQ(failure([this] { newer_than(nullptr); }).code, Errc::unavailable);
  issuer.failure.reset();
  issuer.publish({&first});
  clock.advance(seconds{6});
  EXPECT_TRUE(current()->knows("first"));
  EXPECT_NE(lines.find("issuer_keys_not_fetched"), std::string::npos);
  EXPECT_NE(lines.find("issuer_keys_fetched"), std::string::npos);
}

TEST_F(IssuerKeysTest, max_age_counts_within_bounds) {
  const auto life = [](const char* field) {
    return lifetime_of_keys(http::Headers{{"Cache-Control", field}});
  };
  EXPECT_EQ(life("max-age=600"), seconds{600});
  EXPECT_EQ(life("public, Max-Age=\"7200\", must-revalidate"), seconds{7200});
  EXPECT_EQ(life("max-age=0"), minutes{5});
  EXPECT_EQ(life("max-age=99999999"), hours{24});
  EXPECT_EQ(life("max-age=99999999999999999999"), hours{24});
  EXPECT_EQ(life("max-age=soon"), hours{1});
  EXPECT_EQ(life("no-cache"), hours{1});
  EXPECT_EQ(lifetime_of_keys({}), hours{1});
}

TEST_F(IssuerKeysTest, they_are_kept_fresh_before_anybody_asks) {
  issuer.cache_control = "max-age=1000";
  issuer.publish({&first});
  // The clock moves on by what is slept.
  TaskGroup upkeep{loop.get_executor()};
  upkeep.spawn(keys.keep_fresh());
  const auto begin = clock.steady_now();
  while (issuer.fetches() < 4) loop.poll_one();
  upkeep.cancel();
  run_to_end(loop, [](TaskGroup& group) -> Task<void> { co_await group.join(); }(upkeep));
  EXPECT_EQ(clock.steady_now() - begin, seconds{3 * 800});
}

TEST(IssuerMetadataTest, must_be_the_issuers_own_and_lead_to_safe_keys) {
  const auto parsed = [](const char* text) {
    return IssuerMetadata::parse(text, "https://login.example.com/x");
  };
  const auto good =
      parsed(R"({"issuer":"https://login.example.com/x","jwks_uri":"https://keys.example.com/k"})");
  ASSERT_TRUE(good);
  EXPECT_EQ(good->jwks_uri, "https://keys.example.com/k");
  for (const auto* text :
       {"", "[]", R"({"jwks_uri":"https://keys.example.com/k"})",
        R"({"issuer":"https://login.example.com/x/","jwks_uri":"https://keys.example.com/k"})",
        R"({"issuer":"https://login.example.com/x"})",
        R"({"issuer":"https://login.example.com/x","jwks_uri":"http://keys.example.com/k"})",
        R"({"issuer":"https://login.example.com/x","jwks_uri":"file:///etc/keys"})",
        R"({"issuer":"https://login.example.com/x","jwks_uri":["https://keys.example.com/k"]})"}) {
    const auto bad = parsed(text);
    ASSERT_FALSE(bad) << text;
    EXPECT_EQ(bad.error().code, Errc::unavailable);
  }
  EXPECT_TRUE(
      parsed(R"({"issuer":"https://login.example.com/x","jwks_uri":"http://localhost:9/k"})"));
}

TEST_F(IssuerKeysTest, metadata_is_found_at_each_address_where_issuers_have_it) {
  for (const auto* path : {"/realms/a/.well-known/openid-configuration",
                           "/.well-known/oauth-authorization-server/realms/a",
                           "/.well-known/openid-configuration/realms/a"}) {
    testing::Issuer other{"https://login.example.com/realms/a"};
    auto node = other.documents.extract(other.documents.begin());
    node.key() = other.origin + path;
    other.documents.insert(std::move(node));
    other.publish({&first});
    IssuerKeys there{other, other.name, clock, *log};
    EXPECT_TRUE(run_to_end(loop, there.current())->knows("first")) << path;
    run_to_end(loop, there.close());
  }
}

}  // namespace
}  // namespace gmail_mcp::jwt
