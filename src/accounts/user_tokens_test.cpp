#include "accounts/user_tokens.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "accounts/testing/bench.h"
#include "crypto/digest.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::accounts {
namespace {

using namespace std::chrono_literals;
using testing::everybody;
using ::testing::HasSubstr;
using testing::only;

// Counts what is looked for in the tokens, and can be lost.
class AskedDatabase final : public sql::Database {
 public:
  AskedDatabase(std::unique_ptr<sql::Database> inner, int& questions, bool& is_lost)
      : inner_{std::move(inner)}, questions_{questions}, is_lost_{is_lost} {}

  Task<sql::Rows> read(sql::Statement statement) override {
    const std::string_view name = statement.sql.name();
    if (name.starts_with("user_tokens.find_token")) ++questions_;
    if (is_lost_) throw Error{Errc::unavailable, "The database does not answer."};
    return inner_->read(std::move(statement));
  }
  Task<sql::Rows> write(sql::Statement statement) override {
    return inner_->write(std::move(statement));
  }
  Task<std::vector<sql::Rows>> atomically(std::vector<sql::Statement> statements,
                                          sql::Urgency urgency) override {
    return inner_->atomically(std::move(statements), urgency);
  }
  Task<sql::Tables> tables() override { return inner_->tables(); }

 private:
  std::unique_ptr<sql::Database> inner_;
  int& questions_;
  bool& is_lost_;
};

class PersonsTokens : public ::testing::Test {
 protected:
  ~PersonsTokens() override {
    run_to_end(loop_, tokens_.close());
    run_to_end(loop_, elsewhere_.close());
  }
  static model::UserToken wanted(const std::string& user) {
    model::UserToken token;
    token.user = model::ExternalUserId{user};
    token.name = "laptop";
    return token;
  }
  UserTokens::Made make(model::UserToken token) {
    return run_to_end(loop_, tokens_.make(everybody(), std::move(token)));
  }
  std::string make(const std::string& user) { return make(wanted(user)).text.reveal(); }
  std::optional<model::Caller> recognized(const std::string& text, UserTokens& by) {
    return run_to_end(loop_, by.recognize(text));
  }
  std::optional<model::Caller> recognized(const std::string& text) {
    return recognized(text, tokens_);
  }
  std::string refusal(const std::string& text, UserTokens& by) {
    try {
      recognized(text, by);
    } catch (const Error& error) {
      return std::string{to_string(error.code)} + ": " + error.message;
    }
    return "";
  }
  std::string refusal(const std::string& text) { return refusal(text, tokens_); }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  int questions_ = 0;
  bool is_lost_ = false;
  store::testing::TestStore store_{
      clock_, *log_, store::testing::in_memory(), [this](std::unique_ptr<sql::Database> inner) {
        return std::make_unique<AskedDatabase>(std::move(inner), questions_, is_lost_);
      }};
  UserTokens tokens_{loop_.get_executor(), *store_, clock_};
  UserTokens elsewhere_{loop_.get_executor(), *store_, clock_};  // of another process
};

TEST_F(PersonsTokens, a_token_is_its_persons_with_its_limits) {
  auto token = wanted("ann");
  token.grant.read_only = true;
  token.grant.connections = {"c1"};
  const auto made = make(token);
  EXPECT_EQ(made.text.size(), 47U);
  EXPECT_TRUE(made.text.reveal().starts_with(made.token.id));
  const auto caller = recognized(made.text.reveal()).value();
  EXPECT_EQ(caller.kind, model::CallerKind::user);
  EXPECT_EQ(caller.only_user->str(), "ann");
  EXPECT_EQ(caller.credential, "token " + made.token.id);
  EXPECT_TRUE(caller.grant.read_only);
  EXPECT_EQ(caller.grant.connections, std::vector<std::string>{"c1"});
  EXPECT_EQ(caller.grant.client, "laptop");
  EXPECT_TRUE(model::is_limited_to(caller.identity(), "ann"));
}

TEST_F(PersonsTokens, the_database_has_only_a_digest) {
  const auto text = make("ann");
  const auto rows =
      run_to_end(loop_, store_.database->read(sql::Sql{"SELECT digest FROM user_tokens"}));
  EXPECT_EQ(rows.at(0).at(0).text(), crypto::sha256_hex(text));
}

TEST_F(PersonsTokens, other_credentials_are_none_of_them_and_ask_nobody) {
  for (const auto& text : std::vector<std::string>{
           "", "gmu_", "app-token", "gmr_" + std::string(43, 'a'), "gmu_" + std::string(42, 'a'),
           "gmu_" + std::string(44, 'a'), "gmu_" + std::string(42, 'a') + "!",
           "a.b.c" + std::string(42, 'a')}) {
    EXPECT_EQ(recognized(text), std::nullopt) << text;
  }
  EXPECT_EQ(questions_, 0);
}

TEST_F(PersonsTokens, what_is_known_is_not_asked_for_again_for_a_while) {
  const auto text = make("ann");
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(recognized(text));
  EXPECT_EQ(questions_, 1);
  clock_.advance(5s);
  EXPECT_TRUE(recognized(text));
  EXPECT_EQ(questions_, 2);
}

TEST_F(PersonsTokens, a_wrong_one_is_not_asked_for_again_for_a_while) {
  const auto wrong = "gmu_" + std::string(43, 'x');
  for (int i = 0; i < 50; ++i) EXPECT_EQ(recognized(wrong), std::nullopt);
  EXPECT_EQ(questions_, 1);
}

TEST_F(PersonsTokens, many_wrong_ones_share_their_questions_and_keep_nobody_waiting) {
  const auto text = make("ann");
  std::vector<Task<void>> tasks;
  int known = 0;
  const auto one = [this, &known](std::string token) -> Task<void> {
    const auto caller = co_await tokens_.recognize(std::move(token));
    if (caller) ++known;
  };
  for (int i = 0; i < 1'000; ++i) {
    auto wrong = "gmu_" + std::string(43, 'x');
    wrong.replace(10, 4, std::to_string(1'000 + i));
    tasks.push_back(one(wrong));
    if (i == 500) tasks.push_back(one(text));
  }
  run_to_end(loop_, run_all(std::move(tasks)));
  EXPECT_EQ(known, 1);
  EXPECT_LE(questions_, 1'000 / 16 + 2);
}

TEST_F(PersonsTokens, a_flood_of_wrong_ones_takes_bounded_memory_and_forgets_no_right_one) {
  const auto text = make("ann");
  EXPECT_TRUE(recognized(text));
  for (int i = 0; i < 10'000; ++i) {
    auto wrong = "gmu_" + std::string(43, 'x');
    wrong.replace(10, 5, std::to_string(10'000 + i));
    EXPECT_EQ(recognized(wrong), std::nullopt);
  }
  questions_ = 0;
  EXPECT_TRUE(recognized(text));
  EXPECT_EQ(questions_, 0);
}

TEST_F(PersonsTokens, a_revoked_one_is_refused_at_once_here_and_within_five_seconds_elsewhere) {
  const auto text = make("ann");
  EXPECT_TRUE(recognized(text));
  EXPECT_TRUE(recognized(text, elsewhere_));
  run_to_end(loop_, tokens_.revoke(everybody(), text.substr(0, 12)));
  EXPECT_EQ(refusal(text), "unauthenticated: This token was revoked.");
  clock_.advance(4500ms);
  EXPECT_EQ(refusal(text, elsewhere_), "unauthenticated: This token was revoked.");
}

TEST_F(PersonsTokens, one_may_be_revoked_by_its_whole_text_and_only_within_the_access) {
  const auto text = make("ann");
  const auto code = [&](model::Access access, std::string which) {
    try {
      run_to_end(loop_, tokens_.revoke(std::move(access), std::move(which)));
    } catch (const Error& error) {
      return std::string{to_string(error.code)};
    }
    return std::string{};
  };
  EXPECT_EQ(code(only("bob"), text), "not_found");
  EXPECT_EQ(code(everybody(), "gmu_unknown1"), "not_found");
  EXPECT_TRUE(recognized(text));
  EXPECT_EQ(code(only("ann"), text), "");
  EXPECT_THAT(refusal(text), HasSubstr("revoked"));
}

TEST_F(PersonsTokens, an_expired_one_is_refused_though_it_is_remembered) {
  auto token = wanted("ann");
  token.expires_at = clock_.now() + 2s;
  const auto text = make(token).text.reveal();
  EXPECT_TRUE(recognized(text));
  clock_.advance(2s);
  EXPECT_EQ(refusal(text), "unauthenticated: This token has expired.");
}

TEST_F(PersonsTokens, while_the_database_does_not_answer_nobody_is_taken_for_unknown) {
  const auto text = make("ann");
  is_lost_ = true;
  EXPECT_THAT(refusal(text), HasSubstr("unavailable"));
  is_lost_ = false;
  EXPECT_TRUE(recognized(text)) << "a failure is not remembered";
}

TEST_F(PersonsTokens, a_user_has_a_hundred_at_most) {
  for (int i = 0; i < 100; ++i) make("ann");
  EXPECT_THROW(make("ann"), Error);
  EXPECT_NO_THROW(make("bob"));
}

TEST_F(PersonsTokens, their_last_use_is_noted) {
  const auto text = make("ann");
  recognized(text);
  run_to_end(loop_, store_->flush());
  const auto listed = run_to_end(loop_, store_->user_tokens().list(everybody(), std::nullopt, 10));
  EXPECT_EQ(listed.at(0).last_used_at, clock_.now());
}

TEST_F(PersonsTokens, whether_there_are_any_is_known) {
  EXPECT_FALSE(run_to_end(loop_, tokens_.is_used()));
  const auto text = make("ann");
  EXPECT_TRUE(run_to_end(loop_, tokens_.is_used()));
  EXPECT_FALSE(run_to_end(loop_, std::make_unique<UserTokens>(loop_.get_executor(), *store_, clock_)
                                     ->recognize("x"))
                   .has_value());
  run_to_end(loop_, tokens_.revoke(everybody(), text));
  EXPECT_FALSE(run_to_end(loop_, tokens_.is_used()));
}

TEST_F(PersonsTokens, the_end_of_one_that_a_stream_uses_is_noticed) {
  const auto text = make("ann");
  const auto stream = recognized(text, elsewhere_).value();
  EXPECT_TRUE(stream.validity->holds(clock_.now()));
  run_to_end(loop_, tokens_.revoke(everybody(), text));
  const auto watch_for_a_while = [&]() -> Task<void> {
    TaskGroup watching{loop_.get_executor()};
    watching.spawn(elsewhere_.watch());
    for (int i = 0; i < 100'000 && stream.validity->holds(clock_.now()); ++i) {
      co_await testing::turn();
    }
    watching.cancel();
    co_await watching.join();
  };
  run_to_end(loop_, watch_for_a_while());
  EXPECT_FALSE(stream.validity->holds(clock_.now()));
}

TEST_F(PersonsTokens, a_user_who_is_deleted_takes_them_along) {
  const auto text = make("ann");
  EXPECT_TRUE(recognized(text));
  run_to_end(loop_, store_->users().erase(everybody(), model::ExternalUserId{"ann"}));
  clock_.advance(5s);
  EXPECT_EQ(recognized(text), std::nullopt);
}

}  // namespace
}  // namespace gmail_mcp::accounts
