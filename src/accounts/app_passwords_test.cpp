#include "accounts/app_passwords.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/flow_bench.h"

namespace gmail_mcp::accounts {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::everybody;
using testing::FlowBench;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::only;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string good = "abcdefghijklmnop";
const std::string as_shown_by_google = "abcd efgh\xc2\xa0ijkl mnop";

Error wrong_password() {
  return Error{Errc::unauthenticated, "Google did not accept the App Password.", "Make a new one."};
}

// Both servers of the accounts in one: who may sign in, and what was tried.
class AppPasswordsTest : public ::testing::Test, protected FlowBench {
 protected:
  Task<std::string> link_for(model::Connection lost, model::Access access = everybody()) {
    return sign_ins.link_for(access, lost.id, [this, access, lost] {
      return [](SignIns& all, model::Access by, model::Connection one) -> Task<model::FlowStart> {
        model::FlowRequest request;
        request.user = one.external_user_id;
        request.expected_email = one.gmail_address;
        store::Flow flow;
        auto begun = co_await all.begin(by, std::move(request), std::move(flow));
        co_return std::move(begun.start);
      }(sign_ins, access, lost);
    });
  }
  Task<void> verify(std::string address, Secret password) {
    tried.push_back(address + " " + password.reveal());
    if (trouble) throw Error{*trouble};
    if (password.reveal() != accepted) throw wrong_password();
    co_return;
  }

  static NewAccount account(const std::string& user, const std::string& password) {
    NewAccount made;
    made.user = model::ExternalUserId{user};
    made.email = user + "@gmail.com";
    made.app_password = Secret{password};
    return made;
  }
  model::Connection add(const std::string& user) {
    return run(passwords.add(everybody(), account(user, good)));
  }
  model::FlowStart invite(const std::string& user, const std::string& email) {
    auto request = request_for(user);
    request.expected_email = email;
    return run(sign_ins.begin(everybody(), std::move(request), {})).start;
  }
  static TypedAccount typed(const std::string& state, const std::string& password) {
    TypedAccount made;
    made.state = state;
    made.email = "ann@gmail.com";
    made.app_password = Secret{password};
    made.peer = "192.0.2.1";
    return made;
  }
  Error refused(const model::ConnectionId& id, const std::string& password) {
    const auto source = passwords.source(everybody(), id);
    return run(source->refused(Secret{password}));
  }

  std::string accepted = good;
  std::optional<Error> trouble;
  std::vector<std::string> tried;
  AppPasswords passwords{*store,
                         keys,
                         [this](std::string address, Secret password) {
                           return verify(std::move(address), std::move(password));
                         },
                         clock,
                         *log,
                         tally};
};

TEST_F(AppPasswordsTest, are_tried_before_they_are_saved_and_saved_sealed) {
  auto ann = account("ann", as_shown_by_google);
  ann.display_name = " Ann ";
  const auto added = run(passwords.add(everybody(), std::move(ann)));
  EXPECT_THAT(tried, ElementsAre("ann@gmail.com " + good)) << "blanks are dropped";
  EXPECT_TRUE(added.is_active());
  EXPECT_EQ(added.kind, model::ConnectionKind::app_password);
  EXPECT_EQ(added.display_name, "Ann");
  const auto sealed = stored(added.id).ciphertexts;
  EXPECT_THAT(sealed.app_password, Not(HasSubstr(good)));
  EXPECT_EQ(open(sealed.app_password), good);
  EXPECT_EQ(run(passwords.source(everybody(), added.id)->password()).reveal(), good);
}

TEST_F(AppPasswordsTest, a_refused_one_is_a_fault_of_the_call_and_leaves_nothing) {
  const auto error = error_of(passwords.add(everybody(), account("ann", "zzzzyyyyxxxxwwww")));
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_EQ(error.message, "Google did not accept the App Password.");
  EXPECT_EQ(error.hint, "Make a new one.");
  EXPECT_THAT(connections(), IsEmpty());
  EXPECT_EQ(run(store->users().find(everybody(), model::ExternalUserId{"ann"})), std::nullopt);
}

TEST_F(AppPasswordsTest, each_one_tried_is_counted_by_what_the_servers_said) {
  add("ann");
  error_of(passwords.add(everybody(), account("ben", "zzzzyyyyxxxxwwww")));
  error_of(passwords.add(everybody(), account("ben", "yyyyyyyyxxxxwwww")));
  EXPECT_THAT(meter.text(),
              AllOf(HasSubstr("gmail_mcp_app_passwords_total{outcome=\"ok\"} 1\n"),
                    HasSubstr("gmail_mcp_app_passwords_total{outcome=\"unauthenticated\"} 2\n")));
}

TEST_F(AppPasswordsTest, a_refused_one_that_has_another_form_is_told_so) {
  const auto error = error_of(passwords.add(everybody(), account("ann", "Summer2026!")));
  EXPECT_THAT(error.hint, HasSubstr("16 letters"));
}

TEST_F(AppPasswordsTest, trouble_of_the_servers_stays_what_it_is) {
  for (const auto code : {Errc::rate_limited, Errc::unavailable, Errc::timeout}) {
    trouble = Error{code, "Gmail is busy."};
    EXPECT_EQ(error_of(passwords.add(everybody(), account("ann", good))).code, code);
  }
  EXPECT_THAT(connections(), IsEmpty());
}

TEST_F(AppPasswordsTest, what_cannot_be_one_is_not_even_tried) {
  for (const auto& text : {std::string{}, std::string{"  "}, std::string{"abc\0def", 7},
                           std::string(300, 'a'), std::string{"abc\x1b[31m"}}) {
    EXPECT_EQ(error_of(passwords.add(everybody(), account("ann", text))).code,
              Errc::invalid_argument);
  }
  for (const char* address : {"", "ann", "@gmail.com", "ann@", "ann@x@gmail.com",
                              "ann@gmail.com\r\nX: y", "Ann <ann@gmail.com>", "a@b.c, d@e.f"}) {
    auto strange = account("ann", good);
    strange.email = address;
    EXPECT_EQ(error_of(passwords.add(everybody(), std::move(strange))).code, Errc::invalid_argument)
        << address;
  }
  EXPECT_THAT(tried, IsEmpty());
}

TEST_F(AppPasswordsTest, added_again_replace_the_credential_under_the_same_id) {
  const auto first = add("ann");
  accepted = "ponmlkjihgfedcba";
  const auto second = run(passwords.add(everybody(), account("ann", accepted)));
  EXPECT_EQ(second.id, first.id);
  EXPECT_GT(second.version, first.version);
  EXPECT_EQ(open(stored(first.id).ciphertexts.app_password), accepted);
  EXPECT_THAT(connections(), SizeIs(1));
}

TEST_F(AppPasswordsTest, take_the_place_of_tokens_under_the_same_id_and_the_reverse) {
  const auto oauth = finish(start("ann").state).connection;
  const auto added = add("ann");
  EXPECT_EQ(added.id, oauth.id);
  const auto sealed = stored(added.id).ciphertexts;
  EXPECT_EQ(sealed.access_token + sealed.refresh_token, "") << "no token is left behind";
  const auto back = finish(start("ann").state).connection;
  EXPECT_EQ(back.id, oauth.id);
  EXPECT_EQ(back.kind, model::ConnectionKind::oauth);
  EXPECT_EQ(stored(back.id).ciphertexts.app_password, "") << "no password is left behind";
}

TEST_F(AppPasswordsTest, are_not_added_for_another_user) {
  const auto error = error_of(passwords.add(only("bob"), account("ann", good)));
  EXPECT_EQ(error.code, Errc::forbidden);
  EXPECT_THAT(tried, IsEmpty());
}

TEST_F(AppPasswordsTest, cannot_be_guessed_through_us) {
  for (int i = 0; i < 8; ++i) {
    error_of(passwords.add(everybody(), account("ann", "guess" + std::to_string(i))));
  }
  auto capitals = account("ann", good);
  capitals.email = "ANN@gmail.com";
  const auto error = error_of(passwords.add(everybody(), std::move(capitals)));
  EXPECT_EQ(error.code, Errc::rate_limited);
  EXPECT_TRUE(error.retry_after.has_value());
  EXPECT_THAT(tried, SizeIs(8));
  EXPECT_TRUE(add("bob").is_active()) << "of another address nothing was tried";
  clock.advance(10min);
  EXPECT_TRUE(add("ann").is_active());
}

TEST_F(AppPasswordsTest, guessed_by_one_user_leave_the_owner_of_the_address_her_own_tries) {
  auto guess = [this](const std::string& user) {
    auto at_ann = account(user, "guess");
    at_ann.email = "ann@gmail.com";
    return error_of(passwords.add(everybody(), std::move(at_ann))).code;
  };
  for (int i = 0; i < 8; ++i) EXPECT_EQ(guess("mallory"), Errc::invalid_argument);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(guess("mallory"), Errc::rate_limited);
  EXPECT_TRUE(add("ann").is_active());
  for (const char* user : {"m1", "m2", "m3"}) {
    for (int i = 0; i < 8; ++i) EXPECT_EQ(guess(user), Errc::invalid_argument);
  }
  EXPECT_EQ(guess("m4"), Errc::rate_limited) << "all users together are bounded, too";
  EXPECT_THAT(tried, SizeIs(8 + 1 + 24));
}

TEST_F(AppPasswordsTest, stored_are_checked_however_often_others_guessed) {
  auto ann = account("ann", good);
  ann.email = "Ann@Gmail.com";
  const auto added = run(passwords.add(everybody(), std::move(ann)));
  for (const char* user : {"ann", "m1", "m2", "m3"}) {
    for (int i = 0; i < 8; ++i) {
      auto guess = account(user, "guess");
      guess.email = "ann@gmail.com";
      error_of(passwords.add(everybody(), std::move(guess)));
    }
  }
  EXPECT_EQ(error_of(passwords.add(everybody(), account("ann", good))).code, Errc::rate_limited);
  for (int i = 0; i < 40; ++i) {
    const auto check = run(passwords.check(everybody(), added.id));
    EXPECT_TRUE(check.valid) << check.error.value_or("");
  }
}

TEST_F(AppPasswordsTest, a_check_of_what_is_stored_counts_for_no_try_and_forgives_none) {
  const auto ann = add("ann");
  for (int i = 0; i < 7; ++i) error_of(passwords.add(everybody(), account("ann", "guess")));
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(run(passwords.check(everybody(), ann.id)).valid);
  EXPECT_EQ(error_of(passwords.add(everybody(), account("ann", "guess"))).code,
            Errc::invalid_argument);
  EXPECT_EQ(error_of(passwords.add(everybody(), account("ann", "guess"))).code, Errc::rate_limited);
}

TEST_F(AppPasswordsTest, what_the_servers_did_not_judge_is_not_called_invalid) {
  const auto ann = add("ann");
  trouble = Error{Errc::rate_limited, "Gmail takes no more logins for now."}.with_retry_after(60s);
  const auto limited = error_of(passwords.check(everybody(), ann.id));
  EXPECT_EQ(limited.code, Errc::rate_limited);
  EXPECT_EQ(limited.retry_after, 60s);
  EXPECT_TRUE(stored(ann.id).connection.is_active());
}

TEST_F(AppPasswordsTest, that_google_refuses_later_need_reconnecting) {
  const auto ann = add("ann");
  const auto error = refused(ann.id, good);
  EXPECT_EQ(error.code, Errc::reconnect_required);
  EXPECT_EQ(error.message, "Google no longer accepts the App Password of this account.");
  EXPECT_EQ(stored(ann.id).connection.status, model::ConnectionStatus::reconnect_required);
  const auto again = error_of(passwords.source(everybody(), ann.id)->password());
  EXPECT_EQ(again.code, Errc::reconnect_required);
}

TEST_F(AppPasswordsTest, a_refusal_of_an_old_one_does_not_touch_the_new_one) {
  const auto ann = add("ann");
  accepted = "ponmlkjihgfedcba";
  run(passwords.add(everybody(), account("ann", accepted)));
  EXPECT_EQ(refused(ann.id, good).code, Errc::unavailable);
  EXPECT_TRUE(stored(ann.id).connection.is_active());
}

TEST_F(AppPasswordsTest, that_no_key_of_ours_opens_are_the_operators_matter) {
  const auto ann = add("ann");
  auto broken = credential("ann", "", "", 0s);
  broken.kind = model::ConnectionKind::app_password;
  broken.ciphertexts = {};
  broken.ciphertexts.app_password = "gAAAAA-of-another-key";
  run(store->connections().save(everybody(), std::move(broken)));
  const auto source = passwords.source(everybody(), ann.id);
  EXPECT_EQ(error_of(source->password()).code, Errc::misconfigured);
  const auto check = run(passwords.check(everybody(), ann.id));
  EXPECT_FALSE(check.valid);
  EXPECT_FALSE(check.needs_reauth);
  EXPECT_TRUE(stored(ann.id).connection.is_active());
}

TEST_F(AppPasswordsTest, of_others_and_of_nobody_are_equally_not_found) {
  const auto ann = add("ann");
  const auto foreign = error_of(passwords.source(only("bob"), ann.id)->password());
  const model::ConnectionId nobody{"00000000-0000-4000-8000-000000000000"};
  const auto missing = error_of(passwords.source(only("bob"), nobody)->password());
  EXPECT_EQ(foreign.code, Errc::not_found);
  EXPECT_EQ(foreign.message, missing.message);
  EXPECT_EQ(error_of(passwords.check(only("bob"), ann.id)).code, Errc::not_found);
}

TEST_F(AppPasswordsTest, a_check_asks_the_servers) {
  const auto ann = add("ann");
  EXPECT_TRUE(run(passwords.check(everybody(), ann.id)).valid);
  EXPECT_THAT(tried, SizeIs(2));

  trouble = Error{Errc::unavailable, "Gmail is busy."};
  const auto passing = run(passwords.check(everybody(), ann.id));
  EXPECT_FALSE(passing.valid);
  EXPECT_FALSE(passing.needs_reauth);
  EXPECT_TRUE(stored(ann.id).connection.is_active());

  trouble.reset();
  accepted = "another one now";
  const auto lasting = run(passwords.check(everybody(), ann.id));
  EXPECT_TRUE(lasting.needs_reauth);
  EXPECT_EQ(lasting.error, "Google did not accept the App Password.");
  EXPECT_EQ(lasting.connection.status, model::ConnectionStatus::reconnect_required);
}

TEST_F(AppPasswordsTest, finish_a_flow_of_the_person_who_types_one) {
  const auto begun = invite("ann", "");
  EXPECT_EQ(begun.auth_url, begun.connect_url);
  EXPECT_FALSE(run(sign_ins.look(begun.state))->leads_to_google);
  const auto end = run(passwords.finish(sign_ins, typed(begun.state, good)));
  EXPECT_EQ(end.connection.gmail_address, "ann@gmail.com");
  EXPECT_EQ(end.connection.external_user_id, model::ExternalUserId{"ann"});
  EXPECT_EQ(error_of(passwords.finish(sign_ins, typed(begun.state, good))).code, Errc::not_found)
      << "a state is used once";
}

TEST_F(AppPasswordsTest, finish_a_flow_that_leads_to_google_just_as_well) {
  const auto begun = start("ann");
  EXPECT_TRUE(run(sign_ins.look(begun.state))->leads_to_google);
  EXPECT_TRUE(run(passwords.finish(sign_ins, typed(begun.state, good))).connection.is_active());
}

TEST_F(AppPasswordsTest, a_mistyped_one_does_not_use_the_flow_up) {
  const auto begun = invite("ann", "");
  EXPECT_EQ(error_of(passwords.finish(sign_ins, typed(begun.state, "wrong"))).code,
            Errc::invalid_argument);
  EXPECT_TRUE(run(passwords.finish(sign_ins, typed(begun.state, good))).connection.is_active());
}

TEST_F(AppPasswordsTest, of_a_flow_with_an_address_are_for_that_address) {
  const auto begun = invite("ann", "Priya@gmail.com");
  auto mallory = typed(begun.state, good);
  mallory.email = "mallory@gmail.com";
  EXPECT_EQ(run(passwords.finish(sign_ins, std::move(mallory))).connection.gmail_address,
            "priya@gmail.com");
  EXPECT_THAT(tried, ElementsAre("Priya@gmail.com " + good));
}

TEST_F(AppPasswordsTest, of_a_flow_that_is_over_are_not_tried) {
  const auto begun = invite("ann", "");
  clock.advance(10min);
  EXPECT_THAT(error_of(passwords.finish(sign_ins, typed(begun.state, good))).message,
              StartsWith("The OAuth state parameter has expired"));
  EXPECT_EQ(error_of(passwords.finish(sign_ins, typed("no-such-state", good))).code,
            Errc::not_found);
  EXPECT_THAT(tried, IsEmpty());
}

TEST_F(AppPasswordsTest, of_one_flow_can_be_typed_six_times) {
  const auto begun = invite("ann", "");
  for (int i = 0; i < 6; ++i) {
    auto other = typed(begun.state, "wrong");
    other.email = "somebody" + std::to_string(i) + "@gmail.com";
    EXPECT_EQ(error_of(passwords.finish(sign_ins, std::move(other))).code, Errc::invalid_argument);
  }
  EXPECT_EQ(error_of(passwords.finish(sign_ins, typed(begun.state, good))).code,
            Errc::rate_limited);
  EXPECT_THAT(tried, SizeIs(6));
}

TEST_F(AppPasswordsTest, of_one_peer_are_bounded_over_all_flows) {
  for (int i = 0; i < 30; ++i) {
    auto other = typed(invite("ann", "").state, "wrong");
    other.email = "somebody" + std::to_string(i) + "@gmail.com";
    error_of(passwords.finish(sign_ins, std::move(other)));
  }
  const auto begun = invite("ann", "");
  EXPECT_EQ(error_of(passwords.finish(sign_ins, typed(begun.state, good))).code,
            Errc::rate_limited);
  auto elsewhere = typed(begun.state, good);
  elsewhere.peer = "192.0.2.2";
  EXPECT_TRUE(run(passwords.finish(sign_ins, std::move(elsewhere))).connection.is_active());
}

// --- The link of a lost account -------------------------------------------------------------

TEST_F(AppPasswordsTest, lost_are_typed_anew_by_one_link_however_often_it_is_asked_for) {
  const auto ann = add("ann");
  std::vector<std::string> links(20);
  std::vector<Task<void>> asking;
  for (auto& link : links) {
    auto ask = [](Task<std::string> one, std::string& out) -> Task<void> {
      out = co_await std::move(one);
    };
    asking.push_back(ask(link_for(ann), link));
  }
  run(run_all(std::move(asking)));
  links.push_back(run(link_for(ann)));
  EXPECT_THAT(links, ::testing::Each(links[0]));
  EXPECT_EQ(run(store->flows().pending(everybody())), 1);
  const auto state = testing::query_field(links[0], "state");
  EXPECT_TRUE(run(passwords.finish(sign_ins, typed(state, good))).connection.is_active());
  EXPECT_NE(run(link_for(ann)), links[0]) << "that one was used";
}

TEST_F(AppPasswordsTest, lost_are_given_another_link_when_half_of_its_time_is_over) {
  const auto ann = add("ann");
  const auto first = run(link_for(ann));
  clock.advance(5min);
  EXPECT_EQ(run(link_for(ann)), first);
  clock.advance(1s);
  EXPECT_NE(run(link_for(ann)), first);
}

TEST_F(AppPasswordsTest, lost_are_given_another_link_when_a_browser_holds_the_first) {
  const auto ann = add("ann");
  const auto first = run(link_for(ann));
  run(sign_ins.bind(testing::query_field(first, "state"), "cookie"));
  EXPECT_NE(run(link_for(ann)), first);
}

TEST_F(AppPasswordsTest, lost_are_no_reason_to_give_a_link_to_a_stranger) {
  const auto ann = add("ann");
  run(link_for(ann));
  EXPECT_EQ(error_of(link_for(ann, only("bob"))).code, Errc::forbidden);
}

TEST_F(AppPasswordsTest, do_not_reach_the_log) {
  const auto ann = add("ann");
  error_of(passwords.add(everybody(), account("bob", "Summer2026!")));
  refused(ann.id, good);
  for (const char* secret : {"abcdefghijklmnop", "Summer2026!", "ann@gmail.com"}) {
    EXPECT_THAT(log_lines, Not(HasSubstr(secret)));
  }
}

}  // namespace
}  // namespace gmail_mcp::accounts
