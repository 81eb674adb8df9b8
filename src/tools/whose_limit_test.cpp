#include "tools/tool_bench_test.h"

namespace gmail_mcp::tools {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

constexpr std::int64_t calls_a_minute = 5;

class WhoseLimit : public ToolTest {
 protected:
  WhoseLimit() { services_.throttle = &throttle_; }

  std::vector<std::string> audited() {
    const auto everyone = model::Access::system("test");
    std::vector<std::string> users;
    for (const auto& row : run_to_end(loop_, audit_rows(everyone))) users.push_back(row.user_id);
    return users;
  }

  // A tool and its arguments.
  using Asked = std::pair<std::string, std::string>;

  // What names bob, in each of the ways there are.
  std::vector<Asked> naming_bob() const {
    return {{"gmail_list_connections", R"({"user_id":"bob"})"},
            {"list_gmail_accounts", R"({"user_id":"bob"})"},
            {"gmail_get_auth_url", R"({"user_id":"bob"})"},
            {"gmail_search", R"({"query":"x","connection_id":")" + bob_.id.str() + R"("})"}};
  }

  // Calls as alice until she is held up; how many went through.
  std::int64_t allowed(std::string_view tool, std::string_view arguments) {
    for (std::int64_t i = 0; i <= calls_a_minute; ++i) {
      if (call(tool, arguments, "alice").code == Errc::rate_limited) return i;
    }
    return calls_a_minute + 1;
  }

 private:
  Task<std::vector<store::AuditEntry>> audit_rows(model::Access access) {
    co_await store_->flush();
    co_return co_await store_->audit().recent(access, 100);
  }

  operation::Throttle throttle_{{.per_user = calls_a_minute}, clock_};
};

TEST_F(WhoseLimit, who_names_another_user_spends_her_own_limit) {
  for (const auto& [tool, arguments] : naming_bob()) {
    EXPECT_EQ(allowed(tool, arguments), calls_a_minute) << tool;
    EXPECT_TRUE(call("gmail_list_connections", "{}", "bob").ok) << tool;
    EXPECT_TRUE(call("gmail_list_connections", R"({"user_id":"bob"})", "bob").ok) << tool;
    clock_.advance(std::chrono::minutes{1});
  }
}

TEST_F(WhoseLimit, no_row_of_the_audit_says_that_the_one_named_called) {
  for (const auto& [tool, arguments] : naming_bob()) {
    call(tool, arguments, "alice");
  }
  EXPECT_THAT(audited(), Each("alice"));
}

TEST_F(WhoseLimit, who_names_nobody_spends_her_own_limit) {
  EXPECT_EQ(allowed("gmail_list_connections", "{}"), calls_a_minute);
  EXPECT_TRUE(call("gmail_list_connections", "{}", "bob").ok);
}

TEST_F(WhoseLimit, who_may_act_for_everybody_is_counted_for_the_one_named) {
  EXPECT_TRUE(call("gmail_list_connections", R"({"user_id":"bob"})", "operator").ok);
  EXPECT_THAT(audited(), ElementsAre("bob"));
}

}  // namespace
}  // namespace gmail_mcp::tools
