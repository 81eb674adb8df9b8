#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/connect.h"
#include "accounts/testing/flow_bench.h"

// Who may finish a flow, how often, and how long.
namespace gmail_mcp::accounts {
namespace {

using testing::everybody;
using testing::FlowBench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::only;
using testing::query_field;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string browser = "secret-of-this-browser";
const std::string other_browser = "secret-of-another-browser";

class Flow : public ::testing::Test, protected FlowBench {
 protected:
  std::string proceed(const std::string& state) { return run(connect.proceed(state, browser)); }
  Task<std::string> finish_and_tell(std::string state) {
    try {
      const auto end = co_await connect.finish(everybody(), std::move(state), "code-1");
      co_return "connected " + end.connection.gmail_address;
    } catch (const Error& error) {
      co_return error.message;
    }
  }
  Error error_in_browser(const std::string& state, const std::string& secret) {
    return error_of(connect.finish_in_browser(state, "code-1", secret));
  }
};

TEST_F(Flow, a_state_is_used_once) {
  const auto begun = start("ann");
  finish(begun.state);
  const auto error = error_of(connect.finish(everybody(), begun.state, "code-2"));
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_THAT(error.message, StartsWith("Invalid OAuth state parameter"));
  EXPECT_THAT(google.exchanges, SizeIs(1));
}

TEST_F(Flow, of_sixteen_racing_finishers_one_connects) {
  const auto begun = start("ann");
  std::vector<Task<std::string>> calls;
  for (int i = 0; i < 16; ++i) calls.push_back(finish_and_tell(begun.state));
  const auto told = run(run_all(std::move(calls)));
  EXPECT_EQ(std::count(told.begin(), told.end(), "connected ann@gmail.com"), 1);
  EXPECT_EQ(std::count_if(
                told.begin(), told.end(),
                [](const auto& text) { return text.starts_with("Invalid OAuth state parameter"); }),
            15);
  EXPECT_THAT(google.exchanges, SizeIs(1));
  EXPECT_THAT(connections(), SizeIs(1));
}

TEST_F(Flow, of_a_stranger_reads_as_unknown_and_is_not_used_up) {
  const auto begun = start("ann");
  const auto strange = error_of(connect.finish(only("bob"), begun.state, "code-1"));
  const auto unknown = error_of(connect.finish(only("bob"), "no-such-state", "code-1"));
  EXPECT_EQ(strange.code, unknown.code);
  EXPECT_EQ(strange.message, unknown.message);
  EXPECT_THAT(google.exchanges, IsEmpty());
  EXPECT_TRUE(run(connect.finish(only("ann"), begun.state, "code-1")).connection.is_active());
}

TEST_F(Flow, a_changed_state_is_unknown) {
  const auto begun = start("ann");
  auto changed = begun.state;
  changed.back() = changed.back() == 'A' ? 'B' : 'A';
  for (const auto& state : {changed, begun.state + "A", begun.state.substr(1), std::string{},
                            crypto::sha256_hex(begun.state)}) {
    EXPECT_THAT(error_of(connect.finish(everybody(), state, "code-1")).message,
                StartsWith("Invalid OAuth state parameter"));
  }
  EXPECT_TRUE(pending(begun.state).has_value());
}

TEST_F(Flow, that_has_expired_says_so) {
  const auto begun = start("ann");
  clock.advance(10min);
  const auto error = error_of(connect.finish(everybody(), begun.state, "code-1"));
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_THAT(error.message, StartsWith("The OAuth state parameter has expired"));
  EXPECT_THAT(google.exchanges, IsEmpty());
}

TEST_F(Flow, can_be_looked_at_any_number_of_times) {
  auto request = request_for("ann");
  request.expected_email = "ann@gmail.com";
  const auto begun = start(request);
  for (int i = 0; i < 3; ++i) {
    const auto view = run(sign_ins.look(begun.state));
    ASSERT_TRUE(view.has_value());
    EXPECT_EQ(view->user, model::ExternalUserId{"ann"});
    EXPECT_EQ(view->expected_email, "ann@gmail.com");
    EXPECT_THAT(view->scopes, SizeIs(3));
    EXPECT_FALSE(view->expired);
  }
  clock.advance(10min);
  EXPECT_TRUE(run(sign_ins.look(begun.state))->expired);
  EXPECT_EQ(run(sign_ins.look("no-such-state")), std::nullopt);
}

TEST_F(Flow, continue_leads_to_the_same_consent_page) {
  const auto begun = start("ann");
  EXPECT_EQ(proceed(begun.state), begun.auth_url);
}

TEST_F(Flow, continue_needs_a_pending_flow) {
  EXPECT_EQ(error_of(connect.proceed("no-such-state", browser)).code, Errc::not_found);
  const auto begun = start("ann");
  clock.advance(10min);
  EXPECT_EQ(error_of(connect.proceed(begun.state, browser)).code, Errc::invalid_argument);
}

TEST_F(Flow, is_finished_by_the_browser_that_pressed_continue) {
  const auto begun = start("ann");
  EXPECT_FALSE(run(sign_ins.is_bound_to(begun.state, browser)));
  proceed(begun.state);
  EXPECT_TRUE(run(sign_ins.is_bound_to(begun.state, browser)));
  EXPECT_TRUE(
      run(connect.finish_in_browser(begun.state, "code-1", browser)).connection.is_active());
}

TEST_F(Flow, is_not_finished_by_another_browser_and_not_used_up_by_it) {
  const auto begun = start("ann");
  EXPECT_EQ(error_in_browser(begun.state, browser).code, Errc::forbidden) << "nobody continued";
  EXPECT_EQ(error_in_browser(begun.state, "").code, Errc::forbidden);
  proceed(begun.state);
  EXPECT_FALSE(run(sign_ins.is_bound_to(begun.state, other_browser)));
  EXPECT_EQ(error_in_browser(begun.state, other_browser).code, Errc::forbidden);
  EXPECT_EQ(error_in_browser(begun.state, "").code, Errc::forbidden);
  EXPECT_THAT(google.exchanges, IsEmpty());
  EXPECT_TRUE(pending(begun.state).has_value());
}

TEST_F(Flow, a_browser_without_a_secret_is_no_browser) {
  const auto begun = start("ann");
  EXPECT_EQ(error_of(connect.proceed(begun.state, "")).code, Errc::invalid_argument);
  EXPECT_FALSE(run(sign_ins.is_bound_to(begun.state, "")));
}

TEST_F(Flow, in_a_browser_reads_unknown_and_expired_as_by_tool) {
  EXPECT_THAT(error_in_browser("no-such-state", browser).message,
              StartsWith("Invalid OAuth state parameter"));
  const auto begun = start("ann");
  proceed(begun.state);
  clock.advance(10min);
  EXPECT_THAT(error_in_browser(begun.state, browser).message,
              StartsWith("The OAuth state parameter has expired"));
}

TEST_F(Flow, that_the_person_refused_is_over_and_tells_where_to_return) {
  auto request = request_for("ann");
  request.return_url = "https://app.test/settings";
  const auto begun = start(request);
  proceed(begun.state);
  EXPECT_EQ(error_of(connect.refuse(begun.state, other_browser)).code, Errc::forbidden);
  EXPECT_EQ(run(connect.refuse(begun.state, browser)), "https://app.test/settings");
  EXPECT_THAT(meter.text(), HasSubstr("gmail_mcp_oauth_total{outcome=\"refused_by_person\"} 1\n"));
  EXPECT_EQ(error_in_browser(begun.state, browser).code, Errc::invalid_argument);
}

}  // namespace
}  // namespace gmail_mcp::accounts
