#include "operation/own_work.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operation/testing/house_bench.h"

namespace gmail_mcp::operation {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

class OwnWork : public ::testing::Test {
 protected:
  // A sign-in that waits for ann.
  std::string state() {
    auto call = house_.call();
    model::FlowRequest request;
    request.user = model::ExternalUserId{"ann"};
    return run_to_end(loop_, house_.accounts.begin_with_password(call, std::move(request))).state;
  }
  model::FlowEnd visit(std::string state) {
    accounts::TypedAccount typed;
    typed.state = std::move(state);
    typed.email = "ann@gmail.com";
    typed.app_password = Secret{"abcdabcdabcdabcd"};
    std::function<Task<model::FlowEnd>(Call&)> finish = [&](Call& call) {
      return house_.accounts.finish_with_password(call, std::move(typed));
    };
    return run_to_end(loop_, run_own(house_.services, "password_page", model::CallerKind::flow,
                                     "page", std::move(finish)));
  }
  std::vector<store::AuditEntry> audited() {
    run_to_end(loop_, house_.store.flush());
    return run_to_end(loop_, house_.store.audit().recent(model::Access::system("test"), 10));
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  testing::HouseBench house_{loop_, clock_, *log_};
};

TEST_F(OwnWork, that_connects_is_welcomed_and_in_the_audit) {
  const auto connection = visit(state()).connection;
  EXPECT_THAT(house_.asked_to_follow, ElementsAre(connection.id.str()));
  EXPECT_EQ(house_.accounts.finishing().last->connection.id, connection.id);
  EXPECT_EQ(house_.accounts.finishing().running, 0U);
  const auto rows = audited();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].operation, "password_page");
  EXPECT_EQ(rows[0].outcome, "ok");
  EXPECT_EQ(rows[0].user_id, "ann");
  EXPECT_EQ(rows[0].connection_id, connection.id.str());
  EXPECT_EQ(rows[0].caller, "flow:page");
  EXPECT_NE(rows[0].request_id, "");
}

TEST_F(OwnWork, that_connects_again_ends_what_was_open_before) {
  const auto connection = visit(state()).connection;
  house_.pool.lease(connection);
  EXPECT_EQ(visit(state()).connection.id, connection.id);
  EXPECT_EQ(house_.pool.open(), 0U);
}

TEST_F(OwnWork, that_fails_is_in_the_audit_with_its_code) {
  EXPECT_THROW(visit("a state that never was"), Error);
  EXPECT_TRUE(house_.asked_to_follow.empty());
  const auto rows = audited();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].outcome, "not_found");
}

// Independent of the tools and the calls that the operator allows to agents.
TEST_F(OwnWork, is_held_up_by_no_rule_for_tools) {
  house_.services.policy.enabled_toolsets = {"read"};
  house_.services.policy.read_only = true;
  EXPECT_EQ(visit(state()).connection.external_user_id.str(), "ann");
}

TEST_F(OwnWork, and_a_password_that_was_given_end_the_same) {
  auto call = house_.call();
  model::NewAccount account;
  account.user = model::ExternalUserId{"ann"};
  account.email = "ann@gmail.com";
  account.app_password = Secret{"abcdabcdabcdabcd"};
  const auto added = run_to_end(loop_, house_.accounts.add(call, account));
  house_.pool.lease(added);
  auto again = house_.call();
  run_to_end(loop_, house_.accounts.add(again, account));
  EXPECT_THAT(house_.asked_to_follow, ElementsAre(added.id.str(), added.id.str()));
  EXPECT_EQ(again.audited_connection(), added.id.str());
  EXPECT_EQ(house_.pool.open(), 0U);
}

}  // namespace
}  // namespace gmail_mcp::operation
