#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>

#include "accounts/connect.h"
#include "accounts/flow_receipts.h"
#include "accounts/testing/flow_bench.h"

// Who may finish a flow, how often, and for how long.
namespace gmail_mcp::accounts {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::everybody;
using testing::FlowBench;
using testing::Google;
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

TEST_F(Flow, in_a_browser_tells_unknown_from_expired) {
  EXPECT_EQ(error_in_browser("no-such-state", browser).code, Errc::not_found);
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
  const std::string denied = "access_denied";
  EXPECT_EQ(connect.trouble_at_google(denied), std::nullopt);
  EXPECT_EQ(error_of(connect.refuse(begun.state, other_browser, denied)).code, Errc::forbidden);
  EXPECT_EQ(run(connect.refuse(begun.state, browser, denied)), "https://app.test/settings");
  EXPECT_THAT(meter.text(), HasSubstr("gmail_mcp_oauth_total{outcome=\"refused_by_person\"} 1\n"));
  EXPECT_EQ(error_in_browser(begun.state, browser).code, Errc::not_found);
}

TEST_F(Flow, that_an_administrator_or_google_ended_is_not_blamed_on_the_person) {
  const std::pair<std::string, std::string> ends[] = {
      {"admin_policy_enforced", "refused_by_administrator"},
      {"server_error", "refused_by_google"},
      {"<b>anything</b>", "refused_by_google"}};
  for (const auto& [word, outcome] : ends) {
    const auto begun = start("ann");
    proceed(begun.state);
    const auto trouble = connect.trouble_at_google(word);
    ASSERT_TRUE(trouble.has_value()) << word;
    EXPECT_THAT(trouble->message, Not(HasSubstr("<b>")));
    run(connect.refuse(begun.state, browser, word));
    EXPECT_THAT(meter.text(), HasSubstr("outcome=\"" + outcome + "\"}")) << word;
    EXPECT_EQ(error_in_browser(begun.state, browser).code, Errc::not_found);
  }
  EXPECT_THAT(meter.text(), HasSubstr("gmail_mcp_oauth_total{outcome=\"refused_by_person\"} 0\n"));
  const auto trouble = connect.trouble_at_google("admin_policy_enforced");
  EXPECT_THAT(trouble->hint, HasSubstr(connect.options().client.client_id));
}

TEST_F(Flow, that_google_could_not_end_waits_for_another_try) {
  struct Case {
    std::deque<Google::Answer> exchange, userinfo;
  };
  const Case cases[] = {{{Google::down()}, {}},
                        {{Google::unreachable()}, {}},
                        {{Google::refuse("slow_down", 429)}, {}},
                        {{}, {Google::down()}},
                        {{}, {Google::unreachable()}}};
  for (const auto& one : cases) {
    const auto begun = start("ann");
    proceed(begun.state);
    const auto before = pending(begun.state);
    google.exchange_answers = one.exchange;
    google.userinfo_answers = one.userinfo;
    const auto error = error_in_browser(begun.state, browser);
    EXPECT_TRUE(error.retryable()) << error.message;
    EXPECT_EQ(pending(begun.state), before) << "the link, its end and its browser are as before";
    const auto end = run(connect.finish_in_browser(begun.state, "code-2", browser));
    EXPECT_EQ(end.connection.gmail_address, "ann@gmail.com");
  }
}

TEST_F(Flow, that_google_refused_is_over) {
  google.exchange_answers = {Google::refuse("invalid_grant")};
  const auto begun = start("ann");
  proceed(begun.state);
  EXPECT_EQ(error_in_browser(begun.state, browser).code, Errc::invalid_argument);
  EXPECT_FALSE(pending(begun.state).has_value());
}

// --- what was allowed
// ------------------------------------------------------------------------------------

TEST_F(Flow, says_what_was_asked_for_and_not_allowed) {
  const std::string modify = "https://www.googleapis.com/auth/gmail.modify";
  google.scope = "openid https://www.googleapis.com/auth/userinfo.email";
  const auto nothing = finish(start("ann").state);
  EXPECT_THAT(nothing.missing, ElementsAre(modify));
  google.scope += " " + modify;
  const auto all = finish(start("ann").state);
  EXPECT_THAT(all.missing, IsEmpty());
}

TEST_F(Flow, that_ended_with_too_little_is_begun_again_in_the_same_browser) {
  google.scope = "openid https://www.googleapis.com/auth/userinfo.email";
  auto request = request_for("ann");
  request.return_url = "https://app.test/settings";
  request.redirect_uri = "https://app.test/gmail/callback";
  request.scopes = {"gmail.readonly", "gmail.send"};
  const auto ended = finish(start(request).state);
  const auto url = run(connect.choose_again(ended, browser));
  EXPECT_THAT(query_field(url, "scope"),
              AllOf(HasSubstr("gmail.readonly"), HasSubstr("gmail.send")));
  EXPECT_EQ(query_field(url, "redirect_uri"), "https://app.test/gmail/callback");
  EXPECT_EQ(query_field(url, "login_hint"), "ann@gmail.com");
  google.scope += " https://mail.google.com/";
  const auto again = run(connect.finish_in_browser(query_field(url, "state"), "code-2", browser));
  EXPECT_THAT(again.missing, IsEmpty());
  EXPECT_EQ(again.return_url, "https://app.test/settings");
  EXPECT_EQ(again.connection.id, ended.connection.id);
}

// --- receipts
// ------------------------------------------------------------------------------------

TEST_F(Flow, its_receipt_tells_the_same_as_often_as_its_browser_asks) {
  const FlowReceipts receipts{*store, keys, clock};
  auto ended = finish(start("ann").state);
  ended.missing = {"https://www.googleapis.com/auth/gmail.send"};
  const auto receipt = receipts.seal(ended, browser);
  for (int times = 0; times < 2; ++times) {
    const auto told = run(receipts.open(receipt, browser));
    ASSERT_TRUE(told.has_value());
    EXPECT_EQ(told->connection.id, ended.connection.id);
    EXPECT_EQ(told->missing, ended.missing);
    EXPECT_EQ(told->asked, ended.asked);
  }
  run(vault.disconnect(everybody(), ended.connection.id, false));
  EXPECT_FALSE(run(receipts.open(receipt, browser))->connection.is_active()) << "what is so now";
}

TEST_F(Flow, its_receipt_is_nothing_to_another_browser_nor_later_nor_when_it_was_made_up) {
  const FlowReceipts receipts{*store, keys, clock};
  const auto receipt = receipts.seal(finish(start("ann").state), browser);
  EXPECT_FALSE(run(receipts.open(receipt, other_browser)).has_value());
  EXPECT_FALSE(run(receipts.open(receipt, "")).has_value());
  EXPECT_FALSE(run(receipts.open("made up", browser)).has_value());
  EXPECT_FALSE(run(receipts.open(keys.encrypt("{}"), browser)).has_value());
  EXPECT_FALSE(run(receipts.open(keys.encrypt("[1"), browser)).has_value());
  clock.advance(2h);
  EXPECT_FALSE(run(receipts.open(receipt, browser)).has_value());
}

}  // namespace
}  // namespace gmail_mcp::accounts
