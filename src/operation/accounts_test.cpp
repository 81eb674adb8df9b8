#include "operation/accounts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>

#include "operation/run.h"
#include "operation/testing/house_bench.h"

namespace gmail_mcp::operation {
namespace {

using ::testing::HasSubstr;

// Ann's App Password, which Google does not accept any more.
class LostConnection : public ::testing::Test {
 protected:
  void lose(std::string address) {
    auto call = house_.call();
    model::NewAccount account;
    account.user = model::ExternalUserId{"ann"};
    account.email = std::move(address);
    account.app_password = Secret{"abcdabcdabcdabcd"};
    lose(run_to_end(loop_, house_.accounts.add(call, account)));
  }
  void lose(model::Connection connection) {
    lost_ = std::move(connection);
    const auto all = model::Access::system("test");
    EXPECT_TRUE(
        run_to_end(loop_, house_.store.connections().require_reconnect(
                              all, lost_.id, lost_.version, store::CredentialLoss::refused)));
  }
  // The answer of a tool that tries to read the mailbox.
  json::object refusal() {
    Info info;
    info.name = "read";
    info.toolset = Toolset::read;
    info.effect = Effect::reads;
    model::Caller caller;
    caller.kind = model::CallerKind::application;
    std::function<Task<std::string>(Call&)> work = [this](Call& call) { return read(call); };
    auto outcome = run_to_end(loop_, run_work(house_.services, info, caller, {}, work));
    EXPECT_FALSE(outcome.ok());
    return error_object(outcome.failure()->error);
  }
  std::int64_t links() {
    return run_to_end(loop_, house_.store.flows().pending(model::Access::system("test")));
  }
  static std::string text(const json::object& object, const char* key) {
    const auto* value = object.if_contains(key);
    return value != nullptr ? std::string{value->as_string()} : std::string{};
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  testing::HouseBench house_{loop_, clock_, *log_};
  model::Connection lost_;

 private:
  Task<std::string> read(Call& call) {
    co_await call.mailbox(lost_.id.str());
    co_return std::string{"{}"};
  }
};

TEST_F(LostConnection, is_refused_with_one_link_to_connect_again_however_often_it_is_tried) {
  lose("ann@gmail.com");
  const auto first = refusal();
  EXPECT_EQ(text(first, "code"), "reconnect_required");
  EXPECT_THAT(text(first, "connect_url"), HasSubstr("/oauth/start?state="));
  EXPECT_THAT(text(first, "hint"), HasSubstr("connect_url"));
  for (int again = 0; again < 10; ++again) EXPECT_EQ(refusal(), first);
  EXPECT_EQ(links(), 1);
}

TEST_F(LostConnection, is_checked_with_the_same_link) {
  lose("ann@gmail.com");
  auto call = house_.call();
  const auto check = run_to_end(loop_, house_.accounts.check(call, lost_.id.str()));
  EXPECT_TRUE(check.needs_reauth);
  EXPECT_EQ(check.connect_url, text(refusal(), "connect_url"));
}

TEST_F(LostConnection, for_which_no_link_can_be_made_still_says_why_one_is_needed) {
  const auto all = model::Access::system("test");
  const auto ann =
      run_to_end(loop_, house_.store.users().get_or_create(all, model::ExternalUserId{"ann"}));
  store::NewCredential credential;
  credential.user_id = ann.id;
  credential.gmail_address = "an address of which no sign-in can be begun";
  credential.google_sub = "sub-ann";
  credential.ciphertexts.refresh_token = "sealed";
  lose(run_to_end(loop_, house_.store.connections().save(all, credential)));
  const auto refused = refusal();
  EXPECT_EQ(text(refused, "code"), "reconnect_required");
  EXPECT_EQ(text(refused, "connect_url"), "");
  EXPECT_EQ(text(refused, "hint"), "The person must connect the account again.");
}

TEST_F(LostConnection, of_which_nobody_asks_costs_no_link) {
  lose("ann@gmail.com");
  const auto all = model::Access::system("the watch");
  EXPECT_THROW(run_to_end(loop_, house_.passwords.source(all, lost_.id)->password()), Error);
  EXPECT_EQ(links(), 0);
}

TEST(Connected, says_working_only_of_an_account_whose_password_was_tried) {
  boost::asio::io_context loop;
  ManualClock clock;
  const auto log = Log::silent();
  testing::HouseBench house{loop, clock, *log};
  const auto all = model::Access::system("test");
  const auto ann =
      run_to_end(loop, house.store.users().get_or_create(all, model::ExternalUserId{"ann"}));
  const auto state_of = [&](model::ConnectionKind kind, std::string address,
                            Accounts::Verified verified) {
    store::NewCredential credential;
    credential.user_id = ann.id;
    credential.kind = kind;
    credential.gmail_address = address;
    credential.google_sub = std::move(address);
    credential.ciphertexts.refresh_token = "sealed";
    const auto saved = run_to_end(loop, house.store.connections().save(all, credential));
    run_to_end(loop, house.accounts.connected(saved, verified));
    run_to_end(loop, house.store.flush());
    const auto found = run_to_end(loop, house.store.connections().find(all, saved.id));
    return std::string{found.value().state()};
  };
  const auto by_password = model::ConnectionKind::app_password;
  EXPECT_EQ(state_of(by_password, "tried@gmail.com", Accounts::Verified::yes), "working");
  EXPECT_EQ(state_of(by_password, "imported@gmail.com", Accounts::Verified::no), "untried");
  EXPECT_EQ(state_of(model::ConnectionKind::oauth, "consent@gmail.com", Accounts::Verified::yes),
            "untried");
}

}  // namespace
}  // namespace gmail_mcp::operation
