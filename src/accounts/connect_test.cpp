#include "accounts/connect.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/flow_bench.h"
#include "crypto/base64.h"

// What is requested, what is stored, and what is believed of Google's answer. Who may finish a flow
// is tested in connect_flow_test.cpp.
namespace gmail_mcp::accounts {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using testing::everybody;
using testing::FlowBench;
using testing::Google;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::only;
using testing::query_field;
using ::testing::SizeIs;
using ::testing::StartsWith;
using namespace std::chrono_literals;

const std::string modify = "https://www.googleapis.com/auth/gmail.modify";
const std::string readonly = "https://www.googleapis.com/auth/gmail.readonly";
const std::string address_scope = "https://www.googleapis.com/auth/userinfo.email";

class Connecting : public ::testing::Test, protected FlowBench {
 protected:
  Error refusal_of_start(model::FlowRequest request) {
    return error_of(connect.start(everybody(), std::move(request)));
  }
  Error refusal_of_finish(const std::string& state) {
    return error_of(connect.finish(everybody(), state, "code-1"));
  }
};

TEST_F(Connecting, begins_with_a_consent_url_that_holds_state_and_challenge) {
  const auto begun = start("ann");
  EXPECT_THAT(begun.state, SizeIs(43));
  EXPECT_EQ(begun.expires_in, 600s);
  EXPECT_EQ(begun.connect_url, "https://mail.test/oauth/start?state=" + begun.state);
  EXPECT_THAT(begun.auth_url, StartsWith("https://google.test/auth?"));
  EXPECT_EQ(query_field(begun.auth_url, "state"), begun.state);
  EXPECT_EQ(query_field(begun.auth_url, "code_challenge_method"), "S256");
  EXPECT_EQ(query_field(begun.auth_url, "redirect_uri"), "https://mail.test/oauth/callback");
  EXPECT_EQ(query_field(begun.auth_url, "scope"), modify + " openid " + address_scope);
  EXPECT_NE(start("ann").state, begun.state);
}

TEST_F(Connecting, a_reader_of_the_database_can_finish_nothing) {
  const auto begun = start("ann");
  const auto flow = pending(begun.state).value();
  EXPECT_EQ(flow.state_hash, crypto::sha256_hex(begun.state));
  const auto verifier = open(flow.code_verifier_encrypted);
  EXPECT_THAT(flow.code_verifier_encrypted, Not(HasSubstr(verifier)));
  EXPECT_EQ(query_field(begun.auth_url, "code_challenge"),
            crypto::base64url_encode(crypto::sha256(verifier)));
}

TEST_F(Connecting, proves_to_google_that_the_flow_is_its_own) {
  const auto begun = start("ann");
  const auto verifier = open(pending(begun.state)->code_verifier_encrypted);
  finish(begun.state);
  ASSERT_THAT(google.exchanges, SizeIs(1));
  const auto& form = google.exchanges.front();
  EXPECT_EQ(http::query_value(form, "code"), "code-1");
  EXPECT_EQ(http::query_value(form, "code_verifier"), verifier);
  EXPECT_EQ(http::query_value(form, "redirect_uri"), "https://mail.test/oauth/callback");
}

TEST_F(Connecting, stores_the_credential_encrypted_under_googles_identity) {
  const auto end = finish(start("ann").state);
  EXPECT_EQ(end.return_url, "");
  EXPECT_EQ(end.connection.gmail_address, "ann@gmail.com");
  EXPECT_EQ(end.connection.google_sub, "sub-ann");
  EXPECT_EQ(end.connection.external_user_id, model::ExternalUserId{"ann"});
  EXPECT_TRUE(end.connection.is_active());
  const auto credential = stored(end.connection.id);
  EXPECT_EQ(open(credential.ciphertexts.access_token), "access-exchanged");
  EXPECT_EQ(open(credential.ciphertexts.refresh_token), "refresh-new");
  EXPECT_EQ(credential.connection.token_expires_at, clock.now() + 1h);
}

TEST_F(Connecting, asks_for_the_scopes_it_is_told_in_full_or_short) {
  auto request = request_for("ann");
  request.scopes = {"gmail.readonly", modify, "gmail.modify"};
  const auto begun = start(request);
  EXPECT_EQ(query_field(begun.auth_url, "scope"),
            readonly + " " + modify + " openid " + address_scope);
}

TEST_F(Connecting, refuses_a_scope_that_is_not_gmails) {
  auto request = request_for("ann");
  request.scopes = {"https://www.googleapis.com/auth/drive"};
  EXPECT_EQ(refusal_of_start(request).code, Errc::invalid_argument);
}

TEST_F(Connecting, takes_only_configured_redirect_uris_byte_for_byte) {
  auto request = request_for("ann");
  request.redirect_uri = "https://app.test/gmail/callback";
  EXPECT_EQ(query_field(start(request).auth_url, "redirect_uri"), request.redirect_uri);
  for (const std::string uri :
       {"https://app.test/gmail/callback/", "https://APP.test/gmail/callback",
        "https://app.test/gmail/callback?x", "https://evil.test/gmail/callback", " "}) {
    request.redirect_uri = uri;
    EXPECT_EQ(refusal_of_start(request).code, Errc::invalid_argument) << uri;
  }
}

TEST_F(Connecting, takes_only_return_urls_below_configured_ones_and_gives_them_back) {
  auto request = request_for("ann");
  request.return_url = "https://app.test.evil.test/settings";
  EXPECT_EQ(refusal_of_start(request).code, Errc::invalid_argument);
  request.return_url = "https://app.test/settings/mail?tab=2";
  EXPECT_EQ(finish(start(request).state).return_url, request.return_url);
}

TEST_F(Connecting, an_access_held_to_one_user_connects_nobody_else) {
  EXPECT_EQ(error_of(connect.start(only("ann"), request_for("bob"))).code, Errc::forbidden);
  EXPECT_EQ(error_of(connect.start(only("ann"), request_for("ann"))).code, Errc::internal);
}

TEST_F(Connecting, another_account_than_the_expected_one_is_refused_before_anything_is_saved) {
  auto request = request_for("ann");
  request.expected_email = "ann@work.example";
  const auto begun = start(request);
  EXPECT_EQ(query_field(begun.auth_url, "login_hint"), "ann@work.example");
  EXPECT_EQ(refusal_of_finish(begun.state).code, Errc::forbidden);
  EXPECT_THAT(connections(), IsEmpty());
  EXPECT_THAT(google.revoked, ElementsAre("refresh-new")) << "the unwanted grant is given back";
}

TEST_F(Connecting, the_expected_address_is_compared_without_case) {
  auto request = request_for("ann");
  request.expected_email = " Ann@Gmail.COM ";
  EXPECT_EQ(finish(start(request).state).connection.gmail_address, "ann@gmail.com");
  for (const auto* text : {"not an address", "ann", "ann@", "a@b@c"}) {
    request.expected_email = text;
    const auto refused = refusal_of_start(request);
    EXPECT_EQ(refused.code, Errc::invalid_argument) << text;
    // add_gmail_account calls it `email`.
    EXPECT_EQ(refused.message.find("expected_email"), std::string::npos) << text;
  }
}

TEST_F(Connecting, a_refused_account_that_is_connected_elsewhere_keeps_working) {
  finish(start("bob").state);  // bob has connected ann@gmail.com
  auto request = request_for("ann");
  request.expected_email = "ann@work.example";
  EXPECT_EQ(refusal_of_finish(start(request).state).code, Errc::forbidden);
  EXPECT_THAT(google.revoked, IsEmpty()) << "revoking would end bob's grant too";
}

TEST_F(Connecting, a_refused_account_is_given_back_however_many_others_are_connected) {
  store::NewCredential other;
  other.user_id = user("carl").id;
  for (int i = 0; i < 1000; ++i) {
    other.gmail_address = std::to_string(i) + "@gmail.com";
    other.google_sub = std::to_string(i);
    run(store->connections().save(everybody(), other));
  }
  auto request = request_for("ann");
  request.expected_email = "ann@work.example";
  EXPECT_EQ(refusal_of_finish(start(request).state).code, Errc::forbidden);
  EXPECT_THAT(google.revoked, ElementsAre("refresh-new"));
}

TEST_F(Connecting, an_address_google_has_not_verified_is_refused) {
  google.email_verified = false;
  EXPECT_EQ(refusal_of_finish(start("ann").state).code, Errc::forbidden);
  EXPECT_THAT(connections(), IsEmpty());
}

TEST_F(Connecting, a_failed_revocation_does_not_hide_the_refusal) {
  google.email_verified = false;
  google.revoke_answers = {Google::down()};
  EXPECT_EQ(refusal_of_finish(start("ann").state).code, Errc::forbidden);
}

TEST_F(Connecting, stores_the_scopes_that_were_granted_and_not_those_asked_for) {
  google.scope = "openid " + address_scope + " " + readonly;
  auto request = request_for("ann");
  request.scopes = {"gmail.readonly", "gmail.send"};
  EXPECT_THAT(finish(start(request).state).connection.scopes,
              ElementsAre("openid", address_scope, readonly));
}

TEST_F(Connecting, an_answer_that_names_no_scopes_granted_those_asked_for) {
  EXPECT_THAT(finish(start("ann").state).connection.scopes,
              ElementsAre(modify, "openid", address_scope));
}

TEST_F(Connecting, without_a_new_refresh_token_the_stored_one_is_kept) {
  const auto first = finish(start("ann").state).connection;
  google.new_refresh_token = "";
  const auto second = finish(start("ann").state).connection;
  EXPECT_EQ(second.id, first.id);
  EXPECT_EQ(open(stored(second.id).ciphertexts.refresh_token), "refresh-new");
}

TEST_F(Connecting, without_any_refresh_token_it_fails_and_says_what_to_do) {
  google.new_refresh_token = "";
  const auto error = refusal_of_finish(start("ann").state);
  EXPECT_THAT(error.message, HasSubstr("no refresh token"));
  EXPECT_THAT(error.hint, AllOf(HasSubstr("myaccount.google.com"), HasSubstr("connect again")));
  EXPECT_THAT(connections(), IsEmpty());
}

TEST_F(Connecting, a_stored_refresh_token_that_is_dead_or_anothers_does_not_count) {
  const auto first = finish(start("ann").state).connection;
  google.new_refresh_token = "";
  google.sub = "sub-somebody-else";
  EXPECT_EQ(refusal_of_finish(start("ann").state).code, Errc::reconnect_required);
  google.sub = "sub-ann";
  run(store->connections().require_reconnect(everybody(), first.id, first.version,
                                             store::CredentialLoss::refused));
  EXPECT_EQ(refusal_of_finish(start("ann").state).code, Errc::reconnect_required);
}

TEST_F(Connecting, again_after_a_disconnect_brings_the_same_connection_back) {
  const auto first = finish(start("ann").state).connection;
  run(vault.disconnect(everybody(), first.id, true));
  google.scope = readonly;
  const auto second = finish(start("ann").state).connection;
  EXPECT_EQ(second.id, first.id);
  EXPECT_TRUE(second.is_active());
  EXPECT_THAT(second.scopes, ElementsAre(readonly));
}

TEST_F(Connecting, again_is_seen_by_the_vault_at_once) {
  const auto ann = Bench::connect("ann", 1h);
  EXPECT_EQ(run(vault.token(everybody(), ann.id)).reveal(), "access-old");
  EXPECT_EQ(finish(start("ann").state).connection.id, ann.id);
  EXPECT_EQ(run(vault.token(everybody(), ann.id)).reveal(), "access-exchanged");
}

TEST_F(Connecting, a_display_name_that_was_chosen_stays) {
  auto chosen = Bench::credential("ann", "a", "r", 1h);
  chosen.display_name = "Ann of Accounts";
  run(store->connections().save(everybody(), std::move(chosen)));
  EXPECT_EQ(finish(start("ann").state).connection.display_name, "Ann of Accounts");
}

TEST_F(Connecting, a_refused_code_is_a_clear_sentence_and_the_state_is_used_up) {
  google.exchange_answers = {Google::refuse("invalid_grant")};
  const auto begun = start("ann");
  const auto error = refusal_of_finish(begun.state);
  EXPECT_EQ(error.code, Errc::invalid_argument);
  EXPECT_THAT(error.message, StartsWith("Token exchange failed"));
  EXPECT_THAT(error.hint, StartsWith("Start again"));
  EXPECT_THAT(refusal_of_finish(begun.state).message, StartsWith("Invalid OAuth state parameter"));
  EXPECT_THAT(google.exchanges, SizeIs(1));
}

TEST_F(Connecting, googles_other_failures_are_told_apart) {
  const auto failing_with = [&](Google::Answer answer) {
    google.exchange_answers = {std::move(answer)};
    return refusal_of_finish(start("ann").state);
  };
  EXPECT_EQ(failing_with(Google::down()).code, Errc::unavailable);
  EXPECT_THAT(failing_with(Google::unreachable()).message, StartsWith("Token exchange failed"));
  const auto client = failing_with(Google::refuse("invalid_client", 401));
  EXPECT_EQ(client.code, Errc::misconfigured);
  EXPECT_THAT(client.message, StartsWith("Invalid client"));

  google.userinfo_answers = {Google::down()};
  EXPECT_EQ(refusal_of_finish(start("ann").state).code, Errc::unavailable);
  EXPECT_THAT(connections(), IsEmpty());
}

TEST_F(Connecting, a_code_is_needed_and_its_absence_uses_nothing_up) {
  const auto begun = start("ann");
  EXPECT_EQ(error_of(connect.finish(everybody(), begun.state, "")).code, Errc::invalid_argument);
  EXPECT_TRUE(pending(begun.state).has_value());
}

TEST_F(Connecting, the_log_tells_beginning_end_and_failure_and_no_secret) {
  const auto begun = start("ann");
  finish(begun.state);
  refusal_of_finish(begun.state);
  google.exchange_answers = {Google::refuse("invalid_grant")};
  const auto second = start("ann");
  refusal_of_finish(second.state);
  log->flush();
  EXPECT_THAT(log_lines, AllOf(HasSubstr("oauth_started"), HasSubstr("oauth_finished"),
                               HasSubstr("oauth_failed"), HasSubstr("unknown_state"),
                               HasSubstr("token exchange: 400 invalid_grant")));
  for (const auto& secret : {begun.state, second.state, std::string{"code-1"},
                             std::string{"ann@gmail.com"}, std::string{"access-exchanged"}}) {
    EXPECT_THAT(log_lines, Not(HasSubstr(secret)));
  }
}

TEST_F(Connecting, links_and_ends_are_counted_and_there_are_zeros_before) {
  const auto counted = [](const std::string& outcome) {
    return HasSubstr("gmail_mcp_oauth_total{outcome=\"" + outcome + "\"} 0\n");
  };
  EXPECT_THAT(meter.text(), AllOf(HasSubstr("gmail_mcp_connect_links_total 0\n"), counted("ok"),
                                  counted("refused_by_person"), counted("unknown_state")));
  const auto begun = start("ann");
  finish(begun.state);
  refusal_of_finish(begun.state);
  google.exchange_answers = {Google::refuse("invalid_grant")};
  const auto error = refusal_of_finish(start("ann").state);
  const auto is_one = [](std::string_view outcome) {
    return HasSubstr("gmail_mcp_oauth_total{outcome=\"" + std::string{outcome} + "\"} 1\n");
  };
  EXPECT_THAT(meter.text(), AllOf(HasSubstr("gmail_mcp_connect_links_total 2\n"), is_one("ok"),
                                  is_one("unknown_state"), is_one(to_string(error.code))));
}

}  // namespace
}  // namespace gmail_mcp::accounts
