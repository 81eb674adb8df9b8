#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr std::int64_t calls_a_minute = 5;

class WhoseLimit : public ToolTest {
 protected:
  WhoseLimit() { options_.limits.per_user = calls_a_minute; }

  std::vector<std::string> audited() {
    std::vector<std::string> users;
    for (const auto& row : run_to_end(loop_, audit_rows())) users.push_back(row.user_id);
    return users;
  }
  std::vector<std::string> asked_for() {
    std::vector<std::string> users;
    for (const auto& row : run_to_end(loop_, audit_rows())) users.push_back(row.asked_for);
    return users;
  }

  // A tool and its arguments.
  using Asked = std::pair<std::string, std::string>;

  // Calls that name bob, in every possible way.
  std::vector<Asked> naming_bob() const {
    return {{"gmail_list_connections", R"({"user_id":"bob"})"},
            {"list_gmail_accounts", R"({"user_id":"bob"})"},
            {"gmail_get_auth_url", R"({"user_id":"bob"})"},
            {"gmail_search", R"({"query":"x","connection_id":")" + bob_.id.str() + R"("})"}};
  }

  // Calls as alice until the limit; returns how many went through.
  std::int64_t allowed(std::string_view tool, std::string_view arguments) {
    for (std::int64_t i = 0; i <= calls_a_minute; ++i) {
      if (code(call(tool, arguments, "alice")) == Errc::rate_limited) return i;
    }
    return calls_a_minute + 1;
  }

 private:
  Task<std::vector<store::AuditEntry>> audit_rows() {
    const auto access = model::Access::system("test");
    co_await store_->flush();
    co_return co_await store_->audit().recent(access, 100);
  }
};

TEST_F(WhoseLimit, who_names_another_user_spends_her_own_limit) {
  for (const auto& [tool, arguments] : naming_bob()) {
    EXPECT_EQ(allowed(tool, arguments), calls_a_minute) << tool;
    EXPECT_TRUE(call("gmail_list_connections", "{}", "bob").ok()) << tool;
    EXPECT_TRUE(call("gmail_list_connections", R"({"user_id":"bob"})", "bob").ok()) << tool;
    clock_.advance(std::chrono::minutes{1});
  }
}

TEST_F(WhoseLimit, no_row_of_the_audit_says_that_the_one_named_called) {
  for (const auto& [tool, arguments] : naming_bob()) {
    call(tool, arguments, "alice");
  }
  EXPECT_THAT(audited(), Each("alice"));
}

TEST_F(WhoseLimit, the_audit_says_apart_whom_a_caller_asked_for) {
  call("gmail_list_connections", R"({"user_id":"bob"})", "alice");
  call("gmail_list_connections", R"({"user_id":"alice"})", "alice");
  call("gmail_list_connections", R"({"user_id":"bob"})", "operator");
  EXPECT_THAT(asked_for(), ElementsAre("", "", "bob")) << "the newest first";
}

TEST_F(WhoseLimit, who_names_nobody_spends_her_own_limit) {
  EXPECT_EQ(allowed("gmail_list_connections", "{}"), calls_a_minute);
  EXPECT_TRUE(call("gmail_list_connections", "{}", "bob").ok());
}

TEST_F(WhoseLimit, who_may_act_for_everybody_is_counted_for_the_one_named) {
  EXPECT_TRUE(call("gmail_list_connections", R"({"user_id":"bob"})", "operator").ok());
  EXPECT_THAT(audited(), ElementsAre("bob"));
}

// A cap of two messages a day.
class DailyCap : public ToolTest {
 protected:
  void SetUp() override {
    ToolTest::SetUp();
    house_->services.policy.max_sends_per_day = 2;
  }

  // The result of a send by alice.
  std::string sending() {
    const auto outcome =
        call("gmail_send", R"({"to":"ann@shop.example","subject":"Offer","body":"See below."})");
    return outcome.ok() ? "ok" : std::string{to_string(*code(outcome))};
  }

  void remove_account() {
    const auto removed = call("remove_gmail_account");
    EXPECT_TRUE(removed.ok());
  }
  void add_account(std::string user, std::string address) {
    alice_ = run_to_end(loop_, connect(std::move(user), std::move(address)));
  }
};

TEST_F(DailyCap, removing_an_account_and_adding_it_again_does_not_begin_its_day_anew) {
  EXPECT_EQ(sending(), "ok");
  EXPECT_EQ(sending(), "ok");
  EXPECT_EQ(sending(), "rate_limited");
  for (int round = 0; round < 2; ++round) {
    remove_account();
    add_account("alice", "Alice@gmail.example");
    EXPECT_EQ(sending(), "rate_limited") << round;
  }
  clock_.advance(std::chrono::hours{25});
  EXPECT_EQ(sending(), "ok");
}

TEST_F(DailyCap, what_was_sent_before_the_removal_and_since_counts_together) {
  EXPECT_EQ(sending(), "ok");
  remove_account();
  add_account("alice", "alice@gmail.example");
  EXPECT_EQ(sending(), "ok");
  EXPECT_EQ(sending(), "rate_limited");
}

TEST_F(DailyCap, outlives_a_change_of_the_key) {
  EXPECT_EQ(sending(), "ok");
  EXPECT_EQ(sending(), "ok");
  remove_account();
  house_->services.policy.account_keys = [] {
    return std::vector{Secret{"new key"}, Secret{"key"}};
  };
  add_account("alice", "alice@gmail.example");
  EXPECT_EQ(sending(), "rate_limited");
}

TEST_F(DailyCap, belongs_to_one_user_and_one_address) {
  EXPECT_EQ(sending(), "ok");
  EXPECT_EQ(sending(), "ok");
  remove_account();
  add_account("alice", "other@gmail.example");
  EXPECT_EQ(sending(), "ok");
}

}  // namespace
}  // namespace gmail_mcp::tools
