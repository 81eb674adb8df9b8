#include "accounts/token_vault.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>

#include "accounts/testing/bench.h"

namespace gmail_mcp::accounts {
namespace {

using testing::Bench;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::everybody;
using testing::Google;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using testing::only;
using testing::outcome;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class Vault : public ::testing::Test {
 protected:
  std::string token(const model::ConnectionId& id) {
    return bench.run(outcome(vault.token(everybody(), id)));
  }
  std::string replace(const model::ConnectionId& id, const std::string& refused) {
    return bench.run(outcome(vault.replace(everybody(), id, Secret{refused})));
  }
  std::vector<std::string> tokens(const model::ConnectionId& id, std::size_t callers) {
    std::vector<Task<std::string>> calls;
    for (std::size_t i = 0; i < callers; ++i) {
      calls.push_back(outcome(vault.token(everybody(), id)));
    }
    return bench.run(run_all(std::move(calls)));
  }
  model::ConnectionCheck check(const model::ConnectionId& id) {
    return bench.run(vault.check(everybody(), id));
  }
  // The Error a task ends with.
  template <class T>
  Error error_of(Task<T> task) {
    try {
      bench.run(std::move(task));
    } catch (const Error& error) {
      return error;
    }
    ADD_FAILURE() << "no error";
    return Error{Errc::internal, "no error"};
  }

  Bench bench;
  TokenVault vault{*bench.store, bench.keys, &bench.oauth, bench.clock, *bench.log};
};

TEST_F(Vault, a_token_that_lasts_is_used_without_asking_google) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_EQ(token(ann.id), "token access-old");
  EXPECT_EQ(bench.google.refreshes, 0);
}

TEST_F(Vault, a_token_is_refreshed_the_buffer_before_it_expires) {
  const auto ann = bench.connect("ann", 1h);
  bench.clock.advance(54min + 59s);
  EXPECT_EQ(token(ann.id), "token access-old");
  bench.clock.advance(1s);
  EXPECT_EQ(token(ann.id), "token access-1");
  EXPECT_THAT(bench.google.refreshed_with, ElementsAre("refresh-old"));

  const auto stored = bench.stored(ann.id);
  EXPECT_EQ(bench.open(stored.ciphertexts.access_token), "access-1");
  EXPECT_EQ(stored.connection.token_expires_at, bench.clock.now() + 1h);
  EXPECT_EQ(stored.connection.version, ann.version + 1);
  EXPECT_EQ(stored.refresh_lease_until, std::nullopt);
  EXPECT_EQ(vault.counters().refreshes_ok, 1U);
}

TEST_F(Vault, sixty_four_callers_share_one_refresh) {
  const auto ann = bench.connect("ann", -1s);
  EXPECT_THAT(tokens(ann.id, 64), Each("token access-1"));
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(Vault, sixty_four_callers_share_its_failure_too) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_always = Google::down();
  EXPECT_THAT(tokens(ann.id, 64), Each(StartsWith("unavailable: Token refresh failed")));
  EXPECT_LE(bench.google.refreshes, 4) << "all they waited for, and tried again for 3 seconds";
}

TEST_F(Vault, a_refresh_that_fails_for_a_moment_is_tried_again) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_answers = {Google::down(), Google::unreachable()};
  EXPECT_THAT(tokens(ann.id, 8), Each("token access-3"));
  EXPECT_EQ(bench.google.refreshes, 3);
  EXPECT_EQ(vault.counters().refreshes_failed, 2U);
}

TEST_F(Vault, a_refresh_that_the_operator_must_mend_is_not_tried_again) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_answers = {Google::refuse("invalid_client", 401)};
  EXPECT_THAT(token(ann.id), StartsWith("misconfigured"));
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(Vault, connections_are_refreshed_independently) {
  const auto ann = bench.connect("ann", -1s);
  const auto bob = bench.connect("bob", -1s);
  EXPECT_EQ(token(ann.id), "token access-1");
  EXPECT_EQ(token(bob.id), "token access-2");
}

TEST_F(Vault, a_caller_that_gives_up_does_not_stop_the_refresh_the_others_wait_for) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.hold = true;
  TaskGroup impatient{bench.loop.get_executor()};
  std::string heard;
  const auto listen = [&]() -> Task<void> {
    heard = co_await outcome(vault.token(everybody(), ann.id));
  };
  const auto give_up_while_google_thinks = [&]() -> Task<void> {
    while (!bench.google.is_holding()) co_await testing::turn();
    impatient.cancel();
    co_await impatient.join();
    TaskGroup patient{bench.loop.get_executor()};
    patient.spawn(listen());
    co_await testing::turn();
    bench.google.release();
    co_await patient.join();
  };
  const auto call = [&]() -> Task<void> { co_await vault.token(everybody(), ann.id); };
  impatient.spawn(call());
  bench.run(give_up_while_google_thinks());
  EXPECT_EQ(heard, "token access-1");
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(Vault, a_refresh_whose_callers_all_gave_up_is_kept) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.hold = true;
  TaskGroup impatient{bench.loop.get_executor()};
  const auto call = [&]() -> Task<void> { co_await vault.token(everybody(), ann.id); };
  const auto give_up_while_google_thinks = [&]() -> Task<void> {
    while (!bench.google.is_holding()) co_await testing::turn();
    impatient.cancel();
    co_await impatient.join();
    bench.google.release();
    co_await vault.drain();
  };
  impatient.spawn(call());
  bench.run(give_up_while_google_thinks());
  EXPECT_EQ(bench.open(bench.stored(ann.id).ciphertexts.access_token), "access-1");
  EXPECT_EQ(token(ann.id), "token access-1");
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(Vault, an_answer_without_refresh_token_keeps_the_old_one) {
  const auto ann = bench.connect("ann", -1s);
  EXPECT_EQ(token(ann.id), "token access-1");
  EXPECT_EQ(bench.open(bench.stored(ann.id).ciphertexts.refresh_token), "refresh-old");
  bench.clock.advance(1h);
  EXPECT_EQ(token(ann.id), "token access-2");
  EXPECT_THAT(bench.google.refreshed_with, ElementsAre("refresh-old", "refresh-old"));
}

TEST_F(Vault, a_new_refresh_token_and_narrower_scopes_are_stored) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_answers = {
      {200, R"({"access_token":"a","refresh_token":"r","expires_in":60,"scope":"openid x"})", {}}};
  EXPECT_EQ(token(ann.id), "token a");
  const auto stored = bench.stored(ann.id);
  EXPECT_EQ(bench.open(stored.ciphertexts.refresh_token), "r");
  EXPECT_THAT(stored.connection.scopes, ElementsAre("openid", "x"));
  // The new token is within the buffer at once, so the next call refreshes again.
  EXPECT_EQ(token(ann.id), "token access-2");
  EXPECT_THAT(bench.google.refreshed_with, ElementsAre("refresh-old", "r"));
}

TEST_F(Vault, a_revoked_refresh_token_asks_the_person_to_reconnect) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_answers = {Google::refuse("invalid_grant")};
  EXPECT_THAT(tokens(ann.id, 64), Each(StartsWith("reconnect_required: Token refresh failed")));
  EXPECT_EQ(bench.google.refreshes, 1);
  EXPECT_EQ(bench.stored(ann.id).connection.status, model::ConnectionStatus::reconnect_required);

  const auto error = error_of(vault.token(everybody(), ann.id));
  EXPECT_EQ(error.code, Errc::reconnect_required);
  EXPECT_EQ(bench.google.refreshes, 1) << "Google is not asked again";
  EXPECT_EQ(vault.counters().refreshes_refused, 1U);
}

TEST_F(Vault, a_connection_without_refresh_token_must_be_connected_again_when_its_token_ends) {
  auto once = bench.credential("ann", "access-old", "", 1h);
  const auto ann = bench.run(bench.store->connections().save(everybody(), std::move(once)));
  EXPECT_EQ(token(ann.id), "token access-old");
  bench.clock.advance(1h);
  EXPECT_THAT(token(ann.id), StartsWith("reconnect_required"));
  EXPECT_EQ(bench.google.refreshes, 0);
}

TEST_F(Vault, while_google_is_down_a_token_that_still_works_is_used) {
  const auto ann = bench.connect("ann", 4min);
  bench.google.refresh_answers = {Google::down(), Google::unreachable()};
  EXPECT_EQ(token(ann.id), "token access-old");
  EXPECT_THAT(bench.log_lines, HasSubstr("token_refresh_postponed"));
  EXPECT_EQ(token(ann.id), "token access-old");
  EXPECT_EQ(bench.google.refreshes, 1) << "it is left in peace for a while";
  bench.clock.advance(5s);
  EXPECT_EQ(token(ann.id), "token access-old");
  EXPECT_EQ(bench.google.refreshes, 2);
  bench.clock.advance(5s);
  EXPECT_EQ(token(ann.id), "token access-3");
  EXPECT_EQ(vault.counters().refreshes_failed, 2U);
}

TEST_F(Vault, a_transient_failure_never_costs_a_token) {
  const auto ann = bench.connect("ann", -1s);
  for (const auto& answer :
       {Google::down(), Google::unreachable(), Google::refuse("internal_failure", 500),
        Google::refuse("rate_limited", 429), Google::Answer{200, "{}", {}},
        Google::Answer{400, "Bad Request", {}}}) {
    bench.google.refresh_always = answer;
    const auto error = error_of(vault.token(everybody(), ann.id));
    EXPECT_EQ(error.code, Errc::unavailable) << answer.status << answer.body;
    EXPECT_THAT(error.message, StartsWith("Token refresh failed"));
    const auto stored = bench.stored(ann.id);
    EXPECT_TRUE(stored.connection.is_active());
    EXPECT_EQ(bench.open(stored.ciphertexts.refresh_token), "refresh-old");
    EXPECT_EQ(stored.refresh_lease_until, std::nullopt);
  }
  bench.google.refresh_always.reset();
  EXPECT_THAT(token(ann.id), StartsWith("token access-"));
}

TEST_F(Vault, a_wrong_google_client_is_the_operators_to_mend) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_answers = {Google::refuse("invalid_client", 401)};
  EXPECT_THAT(token(ann.id), StartsWith("misconfigured: Invalid client"));
  EXPECT_TRUE(bench.stored(ann.id).connection.is_active());
}

TEST_F(Vault, without_a_google_client_tokens_are_used_as_long_as_they_last) {
  TokenVault lonely{*bench.store, bench.keys, nullptr, bench.clock, *bench.log};
  const auto ann = bench.connect("ann", 1min);
  EXPECT_EQ(bench.run(outcome(lonely.token(everybody(), ann.id))), "token access-old");
  bench.clock.advance(1min);
  EXPECT_THAT(bench.run(outcome(lonely.token(everybody(), ann.id))),
              StartsWith("misconfigured: No Google client"));
}

TEST_F(Vault, a_token_our_key_cannot_open_is_misconfigured_and_never_asks_to_reconnect) {
  const auto ann = bench.connect("ann", 1h);
  std::vector<Secret> other{crypto::KeyRing::generate()};
  const auto other_keys = crypto::KeyRing::parse(other).value();
  TokenVault stranger{*bench.store, other_keys, &bench.oauth, bench.clock, *bench.log};
  EXPECT_THAT(bench.run(outcome(stranger.token(everybody(), ann.id))),
              StartsWith("misconfigured: The stored token cannot be decrypted with the configured "
                         "encryption key"));
  const auto check = bench.run(stranger.check(everybody(), ann.id));
  EXPECT_FALSE(check.valid);
  EXPECT_FALSE(check.needs_reauth);
  EXPECT_EQ(check.connection.gmail_address, "ann@gmail.com");
  EXPECT_TRUE(bench.stored(ann.id).connection.is_active());
  EXPECT_EQ(bench.google.refreshes, 0);
}

TEST_F(Vault, a_refused_token_is_replaced_once_for_all_who_saw_it) {
  const auto ann = bench.connect("ann", 1h);
  std::vector<Task<std::string>> calls;
  for (int i = 0; i < 16; ++i) {
    calls.push_back(outcome(vault.replace(everybody(), ann.id, Secret{"access-old"})));
  }
  EXPECT_THAT(bench.run(run_all(std::move(calls))), Each("token access-1"));
  // A late caller with the old token gets the new one; Google is not asked.
  EXPECT_EQ(replace(ann.id, "access-old"), "token access-1");
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(Vault, a_token_that_others_replaced_meanwhile_is_handed_out_at_once) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_EQ(replace(ann.id, "access-older-still"), "token access-old");
  EXPECT_EQ(bench.google.refreshes, 0);
}

TEST_F(Vault, a_refused_token_is_not_used_again_while_google_is_down) {
  const auto ann = bench.connect("ann", 1h);
  bench.google.refresh_always = Google::down();
  EXPECT_THAT(replace(ann.id, "access-old"), StartsWith("unavailable"));
  EXPECT_TRUE(bench.stored(ann.id).connection.is_active());
}

TEST_F(Vault, a_refused_token_whose_consent_is_gone_asks_the_person_to_reconnect) {
  const auto ann = bench.connect("ann", 1h);
  bench.google.refresh_answers = {Google::refuse("invalid_grant")};
  EXPECT_THAT(replace(ann.id, "access-old"), StartsWith("reconnect_required"));
}

TEST_F(Vault, a_refresh_begun_without_knowing_of_the_refusal_does_not_return_the_refused_token) {
  const auto ann = bench.connect("ann", 1min);
  // The first asks because the token is about to expire, and falls back to it.
  bench.google.refresh_answers = {Google::down()};
  std::vector<Task<std::string>> calls;
  calls.push_back(outcome(vault.token(everybody(), ann.id)));
  calls.push_back(outcome(vault.replace(everybody(), ann.id, Secret{"access-old"})));
  EXPECT_THAT(bench.run(run_all(std::move(calls))),
              ElementsAre("token access-old", "token access-2"));
}

TEST_F(Vault, the_source_of_a_connection_gives_and_replaces_its_tokens) {
  const auto ann = bench.connect("ann", 1h);
  const auto source = vault.source(only("ann"), ann.id);
  EXPECT_EQ(bench.run(outcome(source->token())), "token access-old");
  EXPECT_EQ(bench.run(outcome(source->replace(Secret{"access-old"}))), "token access-1");
  EXPECT_EQ(bench.run(outcome(source->token())), "token access-1");
}

TEST_F(Vault, a_strangers_connection_does_not_exist_even_when_it_is_in_memory) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_EQ(token(ann.id), "token access-old");
  const model::ConnectionId unknown{"00000000-0000-4000-8000-000000000000"};
  const auto stranger = bench.run(outcome(vault.token(only("bob"), ann.id)));
  EXPECT_EQ(stranger, bench.run(outcome(vault.token(only("bob"), unknown))));
  EXPECT_THAT(stranger, StartsWith("not_found"));
  EXPECT_EQ(error_of(vault.check(only("bob"), ann.id)).code, Errc::not_found);
  EXPECT_EQ(bench.run(outcome(vault.token(only("ann"), ann.id))), "token access-old");
}

TEST_F(Vault, check_says_how_long_the_token_lasts_after_refreshing_it) {
  const auto ann = bench.connect("ann", -1s);
  const auto result = check(ann.id);
  EXPECT_TRUE(result.valid);
  EXPECT_EQ(result.token_expires_in, 3600s);
  EXPECT_FALSE(result.needs_reauth);
  EXPECT_EQ(result.error, std::nullopt);
  EXPECT_EQ(result.connection.token_expires_at, bench.clock.now() + 1h);
}

TEST_F(Vault, check_tells_what_passes_from_what_needs_the_person) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_always = Google::down();
  const auto passing = check(ann.id);
  EXPECT_FALSE(passing.valid);
  EXPECT_FALSE(passing.needs_reauth);
  EXPECT_THAT(passing.error.value_or(""), StartsWith("Token refresh failed"));

  bench.google.refresh_always = Google::refuse("invalid_grant");
  const auto lasting = check(ann.id);
  EXPECT_FALSE(lasting.valid);
  EXPECT_TRUE(lasting.needs_reauth);
  EXPECT_EQ(lasting.connection.status, model::ConnectionStatus::reconnect_required);
}

TEST_F(Vault, has_no_token_of_an_app_password_account) {
  auto fresh = bench.credential("ann", "", "", 0s);
  fresh.kind = model::ConnectionKind::app_password;
  fresh.ciphertexts = {};
  fresh.ciphertexts.app_password = bench.keys.encrypt("abcdefghijklmnop");
  fresh.token_expires_at = std::nullopt;
  const auto ann = bench.run(bench.store->connections().save(everybody(), std::move(fresh)));
  EXPECT_THAT(token(ann.id), StartsWith("unsupported"));
  EXPECT_THAT(bench.google.refreshed_with, IsEmpty());
}

TEST_F(Vault, no_token_reaches_the_log) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.refresh_always = Google::down();
  tokens(ann.id, 2);
  tokens(ann.id, 2);
  bench.run(vault.disconnect(everybody(), ann.id, true));
  bench.log->flush();
  for (const auto& secret : {"access-", "refresh-", "ann@gmail.com", "client-secret"}) {
    EXPECT_THAT(bench.log_lines, Not(HasSubstr(secret)));
  }
  EXPECT_THAT(bench.log_lines, Not(IsEmpty()));
}

}  // namespace
}  // namespace gmail_mcp::accounts
