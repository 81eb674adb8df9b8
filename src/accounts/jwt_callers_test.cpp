#include "accounts/jwt_callers.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>
#include <boost/json/array.hpp>

#include "jwt/testing/issuer.h"

namespace gmail_mcp::accounts {
namespace {

namespace json = boost::json;
using std::chrono::seconds;

class JwtCallersTest : public ::testing::Test {
 protected:
  JwtCallersTest() {
    rules.audiences = {"https://mail.example.com/mcp"};
    issuer.publish({&signer});
  }
  ~JwtCallersTest() override { run_to_end(loop, keys.close()); }

  json::object claims() const {
    const auto now = std::chrono::floor<seconds>(clock.now()).time_since_epoch().count();
    return {{"iss", issuer.name}, {"aud", "https://mail.example.com/mcp"}, {"sub", "ann"},
            {"exp", now + 600},   {"scope", "openid mail.read"},           {"azp", "vs-code"}};
  }
  json::object claims_with(std::string_view name, json::value value) const {
    auto changed = claims();
    changed[name] = std::move(value);
    return changed;
  }

  JwtCallers& callers() {
    if (!callers_) callers_.emplace(keys, rules, clock);
    return *callers_;
  }
  std::optional<model::Caller> recognize(std::string token) {
    return run_to_end(loop, callers().recognize(std::move(token)));
  }
  std::optional<model::Caller> recognize(const json::object& claims) {
    return recognize(signer.sign(claims));
  }
  // The refusal of a token that is of this kind.
  Error refusal(const std::string& token) {
    try {
      recognize(token);
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "it was taken";
    return Error{Errc::internal, ""};
  }

  boost::asio::io_context loop{1};
  ManualClock clock;
  std::string lines;
  std::unique_ptr<Log> log = Log::capture(lines);
  jwt::testing::Signer signer{"ES256", "one"};
  jwt::testing::Issuer issuer;
  jwt::IssuerKeys keys{issuer, issuer.name, clock, *log};
  JwtRules rules;
  std::optional<JwtCallers> callers_;
};

TEST_F(JwtCallersTest, a_good_token_is_its_user_within_its_scopes) {
  const auto who = recognize(claims());
  ASSERT_TRUE(who);
  EXPECT_EQ(who->kind, model::CallerKind::user);
  EXPECT_EQ(who->only_user, model::ExternalUserId{"ann"});
  EXPECT_EQ(who->identity(), "user:jwt/login.example.com:ann");
  EXPECT_TRUE(model::is_limited_to(who->identity(), "ann"));
  EXPECT_TRUE(who->grant.read_only);
  EXPECT_EQ(who->grant.client, "vs-code");
  EXPECT_EQ(who->grant.scopes, std::vector<std::string>{"mail.read"});
}

TEST_F(JwtCallersTest, other_tokens_are_left_to_others_and_nobody_is_asked) {
  for (const auto* token : {"gmu_abc", "secret", "a.b.c", "eyJhbGciOiJSUzI1NiJ9.e30", ""}) {
    EXPECT_FALSE(recognize(std::string{token})) << token;
  }
  EXPECT_TRUE(issuer.asked.empty());
}

TEST_F(JwtCallersTest, scopes_may_be_written_as_issuers_do) {
  const auto scopes = [this](std::string_view name, json::value value) {
    auto changed = claims();
    changed.erase("scope");
    changed[name] = std::move(value);
    return recognize(changed)->grant.scopes;
  };
  const std::vector<std::string> both{"mail.read", "mail.send"};
  EXPECT_EQ(scopes("scope", "mail.send  mail.read"), both);
  EXPECT_EQ(scopes("scope", json::array{"mail.read", "mail.send", 7}), both);
  EXPECT_EQ(scopes("scp", "mail.read mail.send"), both);
  EXPECT_EQ(scopes("scp", json::array{"mail.read", "mail.send"}), both);
  callers_.reset();
  rules.scope_claim = "permissions";
  EXPECT_EQ(scopes("permissions", json::array{"mail.send", "mail.read"}), both);
}

TEST_F(JwtCallersTest, a_token_without_a_scope_of_ours_may_do_nothing) {
  for (const json::value& scope :
       {json::value(""), json::value("openid"), json::value(nullptr), json::value(json::array{})}) {
    const auto refused = refusal(signer.sign(claims_with("scope", scope)));
    EXPECT_EQ(refused.code, Errc::forbidden);
    EXPECT_EQ(refused.missing_scope, "mail.read");
  }
}

TEST_F(JwtCallersTest, the_user_is_the_claim_that_the_operator_chose) {
  rules.user_claim = "email";
  auto unverified = claims_with("email", "boss@example.com");
  EXPECT_EQ(refusal(signer.sign(unverified)).code, Errc::unauthenticated) << "nobody says so";
  for (const json::value& said : {json::value(false), json::value("false"), json::value(nullptr)}) {
    unverified["email_verified"] = said;
    EXPECT_EQ(refusal(signer.sign(unverified)).code, Errc::unauthenticated);
  }
  unverified["email_verified"] = true;
  EXPECT_EQ(recognize(unverified)->only_user->str(), "boss@example.com");
  for (const json::value& user :
       {json::value(""), json::value(7), json::value(nullptr), json::value(" ann"),
        json::value("an\nn"), json::value(json::string(300, 'x'))}) {
    auto changed = unverified;
    changed["email"] = user;
    EXPECT_EQ(refusal(signer.sign(changed)).code, Errc::unauthenticated);
  }
  EXPECT_EQ(refusal(signer.sign(claims())).code, Errc::unauthenticated) << "no such claim";
}

TEST_F(JwtCallersTest, nobody_is_a_user_who_signs_in_with_google) {
  for (const auto* user : {"google:", "google:1073", "google:sub-ann"}) {
    EXPECT_EQ(refusal(signer.sign(claims_with("sub", user))).code, Errc::unauthenticated) << user;
  }
  EXPECT_TRUE(recognize(claims_with("sub", "googler:1")));
}

TEST_F(JwtCallersTest, a_rotated_key_is_fetched_and_an_old_one_stops) {
  const auto old = signer.sign(claims());
  EXPECT_TRUE(recognize(old));
  const jwt::testing::Signer next{"RS256", "two"};
  issuer.publish({&next});
  clock.advance(seconds{30});
  EXPECT_TRUE(recognize(next.sign(claims())));
  EXPECT_EQ(issuer.fetches(), 2);
  EXPECT_EQ(refusal(old).code, Errc::unauthenticated) << "though it was taken before";
}

TEST_F(JwtCallersTest, tokens_of_others_do_not_make_us_ask) {
  EXPECT_TRUE(recognize(claims()));
  clock.advance(seconds{60});
  const jwt::testing::Signer foreign{"ES256", "foreign"};
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(refusal(foreign.sign(claims_with("iss", "https://other.example.com"))).code,
              Errc::unauthenticated);
  }
  EXPECT_EQ(issuer.fetches(), 1);
  // Who claims to be ours makes us ask once in ten seconds.
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(refusal(foreign.sign(claims())).code, Errc::unauthenticated);
  }
  EXPECT_EQ(issuer.fetches(), 2);
}

TEST_F(JwtCallersTest, a_token_is_refused_once_it_has_expired_though_it_is_remembered) {
  const auto token = signer.sign(claims());
  EXPECT_TRUE(recognize(token));
  clock.advance(seconds{659});
  EXPECT_TRUE(recognize(token));
  clock.advance(seconds{1});
  EXPECT_EQ(refusal(token).code, Errc::unauthenticated);
}

TEST_F(JwtCallersTest, what_outlives_the_request_ends_with_the_token) {
  const auto token = signer.sign(claims());
  const auto validity = recognize(token)->validity;
  ASSERT_TRUE(validity);
  EXPECT_EQ(recognize(token)->validity, validity);
  EXPECT_TRUE(validity->holds(clock.now() + seconds{659}));
  EXPECT_FALSE(validity->holds(clock.now() + seconds{660}));
}

TEST_F(JwtCallersTest, while_the_issuer_cannot_be_reached_no_token_is_called_bad) {
  issuer.failure = Error{Errc::unavailable, "down"};
  const auto token = signer.sign(claims());
  const auto refused = refusal(token);
  EXPECT_EQ(refused.code, Errc::unavailable);
  EXPECT_TRUE(refused.retry_after);
  issuer.failure.reset();
  clock.advance(seconds{6});
  EXPECT_TRUE(recognize(token));
}

TEST_F(JwtCallersTest, another_audience_or_issuer_is_refused) {
  EXPECT_EQ(refusal(signer.sign(claims_with("aud", "https://other.example.com"))).code,
            Errc::unauthenticated);
  EXPECT_EQ(refusal(signer.sign(claims_with("iss", "https://login.example.com"))).code,
            Errc::unauthenticated);
}

}  // namespace
}  // namespace gmail_mcp::accounts
