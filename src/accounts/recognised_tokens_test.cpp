#include "accounts/recognised_tokens.h"

#include <gtest/gtest.h>

#include <boost/json/object.hpp>
#include <map>
#include <memory>

#include "accounts/jwt_callers.h"
#include "accounts/testing/sign_in_bench.h"
#include "accounts/user_tokens.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "jwt/testing/issuer.h"

namespace gmail_mcp::accounts {
namespace {

using namespace std::chrono_literals;
using testing::everybody;

// One kind of token. The same is expected of all of them.
class KindOfToken {
 public:
  virtual ~KindOfToken() = default;
  /// Another token of this person, which lasts for an hour at most.
  virtual std::string give(const std::string& user) = 0;
  virtual Recognizer& recognizer() = 0;
  /// The token ends elsewhere; `notice` does what makes us notice within some seconds.
  virtual void end(const std::string& token) = 0;
  virtual void notice(const std::string& token, const model::Validity& stream) = 0;

  virtual boost::asio::io_context& loop() = 0;
  virtual ManualClock& clock() = 0;

  std::shared_ptr<const model::Validity> show(const std::string& token) {
    return run_to_end(loop(), recognizer().recognize(token)).value().validity;
  }
  std::optional<Error> refusal(const std::string& token) {
    try {
      const auto caller = run_to_end(loop(), recognizer().recognize(token));
      if (!caller) return Error{Errc::unauthenticated, "Nobody knows it."};
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }
};

// Runs what looks after tokens in use, until a stream has ended.
template <class Tokens>
void watch_until_ended(boost::asio::io_context& loop, Tokens& tokens,
                       const model::Validity& stream) {
  const auto watching = [&]() -> Task<void> {
    TaskGroup group{loop.get_executor()};
    group.spawn(tokens.watch());
    for (int i = 0; i < 100'000 && !stream.has_ended; ++i) co_await testing::turn();
    group.cancel();
    co_await group.join();
  };
  run_to_end(loop, watching());
}

class OfPersons final : public KindOfToken, testing::Bench {
 public:
  ~OfPersons() override { run_to_end(Bench::loop, tokens_.close()); }
  std::string give(const std::string& user) override {
    const auto text = "gmu_" + crypto::random_token(32);
    model::UserToken token;
    token.id = text.substr(0, 12);
    token.user = model::ExternalUserId{user};
    token.created_at = Bench::clock.now();
    token.expires_at = Bench::clock.now() + 1h;
    run(store->users().get_or_create(everybody(), token.user));
    run(store->user_tokens().add(everybody(), token, crypto::sha256_hex(text), 10'000));
    return text;
  }
  Recognizer& recognizer() override { return tokens_; }
  void end(const std::string& token) override {
    run(store->user_tokens().revoke(everybody(), token.substr(0, 12)));
  }
  void notice(const std::string&, const model::Validity& stream) override {
    watch_until_ended(Bench::loop, tokens_, stream);
  }
  boost::asio::io_context& loop() override { return Bench::loop; }
  ManualClock& clock() override { return Bench::clock; }

 private:
  UserTokens tokens_{Bench::loop.get_executor(), *store, Bench::clock};
};

class OfSignIns final : public KindOfToken, testing::SignInBench {
 public:
  std::string give(const std::string& user) override {
    auto& known = signed_in_[user];
    if (known.refresh_token.empty()) {
      google.sub = user;
      google.email = user + "@example.com";
      google.hosted_domain = "example.com";
      known = signed_in();
    } else {
      known = given(refreshing(known.refresh_token));
    }
    return known.access_token;
  }
  Recognizer& recognizer() override { return tokens; }
  void end(const std::string&) override {
    const auto all = run(store->client_grants().list(everybody(), 10));
    for (const auto& one : all) {
      run(store->client_grants().revoke(everybody(), one.id, SignInBench::clock.now()));
    }
  }
  void notice(const std::string&, const model::Validity& stream) override {
    watch_until_ended(SignInBench::loop, tokens, stream);
  }
  boost::asio::io_context& loop() override { return SignInBench::loop; }
  ManualClock& clock() override { return SignInBench::clock; }

 private:
  std::map<std::string, TokenAnswer> signed_in_;
};

class OfAnIssuer final : public KindOfToken {
 public:
  OfAnIssuer() { issuer_.publish({&signer_}); }
  ~OfAnIssuer() override { run_to_end(loop_, keys_.close()); }
  std::string give(const std::string& user) override { return signer_.sign(claims(user)); }
  Recognizer& recognizer() override { return callers_; }
  // The issuer takes its key back, and signs the next token with another.
  void end(const std::string&) override {
    issuer_.publish({&next_});
    clock_.advance(30s);
  }
  void notice(const std::string& token, const model::Validity&) override {
    EXPECT_FALSE(refusal(next_.sign(claims("bob"))));
    EXPECT_TRUE(refusal(token));
  }
  boost::asio::io_context& loop() override { return loop_; }
  ManualClock& clock() override { return clock_; }

 private:
  boost::json::object claims(const std::string& user) {
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch();
    return {{"iss", issuer_.name},  {"aud", "https://mail.test/mcp"}, {"sub", user},
            {"scope", "mail.read"}, {"exp", now.count() + 3'000},     {"jti", ++given_}};
  }
  static JwtRules rules() {
    JwtRules rules;
    rules.audiences = {"https://mail.test/mcp"};
    return rules;
  }

  boost::asio::io_context loop_{1};
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  jwt::testing::Signer signer_{"ES256", "one"};
  jwt::testing::Signer next_{"ES256", "two"};
  jwt::testing::Issuer issuer_;
  jwt::IssuerKeys keys_{issuer_, issuer_.name, clock_, *log_};
  JwtCallers callers_{keys_, rules(), clock_};
  int given_ = 0;
};

struct NamedKind {
  const char* name;
  std::unique_ptr<KindOfToken> (*make)();
};

class EveryKindOfToken : public ::testing::TestWithParam<NamedKind> {
 protected:
  std::unique_ptr<KindOfToken> kind_ = GetParam().make();
};

TEST_P(EveryKindOfToken, has_one_validity_for_all_who_hold_it) {
  const auto token = kind_->give("ann");
  const auto first = kind_->show(token);
  EXPECT_EQ(kind_->show(token), first);
  kind_->clock().advance(10s);
  EXPECT_EQ(kind_->show(token), first) << "also when it was looked up again";
  EXPECT_NE(kind_->show(kind_->give("ann")), first);
  EXPECT_TRUE(first->holds(kind_->clock().now()));
}

TEST_P(EveryKindOfToken, of_somebody_with_very_many_pushes_out_nobody_elses) {
  using Noticed = std::weak_ptr<const model::Validity>;
  const Noticed hers = kind_->show(kind_->give("ann"));
  const Noticed his_first = kind_->show(kind_->give("bob"));
  const auto in_use = kind_->show(kind_->give("bob"));
  Noticed his_last;
  for (std::size_t i = 0; i < 2 * RecognisedTokens::most_of_one; ++i) {
    his_last = kind_->show(kind_->give("bob"));
  }
  EXPECT_FALSE(hers.expired());
  EXPECT_TRUE(his_first.expired()) << "he has a share, not the whole";
  EXPECT_FALSE(his_last.expired());
  EXPECT_TRUE(in_use->holds(kind_->clock().now())) << "a stream's token stays";
  EXPECT_GT(in_use.use_count(), 1);
}

TEST_P(EveryKindOfToken, ends_what_outlives_its_request_when_it_ends_elsewhere) {
  const auto token = kind_->give("ann");
  const auto stream = kind_->show(token);
  kind_->end(token);
  kind_->notice(token, *stream);
  EXPECT_TRUE(stream->has_ended);
  kind_->clock().advance(5s);
  EXPECT_EQ(kind_->refusal(token).value().code, Errc::unauthenticated);
}

TEST_P(EveryKindOfToken, is_refused_once_it_has_expired_though_it_is_remembered) {
  const auto token = kind_->give("ann");
  const auto stream = kind_->show(token);
  kind_->clock().advance(59min);
  const auto still = stream->holds(kind_->clock().now());
  EXPECT_EQ(still, !kind_->refusal(token).has_value());
  kind_->clock().advance(2min);
  EXPECT_FALSE(stream->holds(kind_->clock().now()));
  EXPECT_EQ(kind_->refusal(token).value().code, Errc::unauthenticated);
}

TEST_P(EveryKindOfToken, that_is_made_up_is_nobodys) {
  const auto token = kind_->give("ann");
  kind_->show(token);
  auto forged = token;
  forged[forged.size() / 2] = forged[forged.size() / 2] == 'x' ? 'y' : 'x';
  EXPECT_EQ(kind_->refusal(forged).value().code, Errc::unauthenticated);
  EXPECT_FALSE(kind_->refusal(token)) << "and takes nothing from the good one";
}

template <class Kind>
std::unique_ptr<KindOfToken> make_kind() {
  return std::make_unique<Kind>();
}

INSTANTIATE_TEST_SUITE_P(Accounts, EveryKindOfToken,
                         ::testing::Values(NamedKind{"of_persons", make_kind<OfPersons>},
                                           NamedKind{"of_sign_ins", make_kind<OfSignIns>},
                                           NamedKind{"of_an_issuer", make_kind<OfAnIssuer>}),
                         [](const auto& kind) { return std::string{kind.param.name}; });

}  // namespace
}  // namespace gmail_mcp::accounts
