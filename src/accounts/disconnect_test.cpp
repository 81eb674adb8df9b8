#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/bench.h"
#include "accounts/token_vault.h"

namespace gmail_mcp::accounts {
namespace {

using testing::Bench;
using ::testing::ElementsAre;
using testing::everybody;
using testing::Google;
using ::testing::HasSubstr;
using testing::outcome;
using namespace std::chrono_literals;

class Disconnect : public ::testing::Test {
 protected:
  std::string token(const model::ConnectionId& id) {
    return bench.run(outcome(vault.token(everybody(), id)));
  }
  model::Disconnected disconnect(const model::ConnectionId& id, bool revoke) {
    return bench.run(vault.disconnect(everybody(), id, revoke));
  }

  Bench bench;
  TokenVault vault{*bench.store, bench.keys, &bench.oauth, bench.clock, *bench.log};
};

TEST_F(Disconnect, erases_what_is_stored_and_revokes_the_refresh_token_at_google) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_EQ(token(ann.id), "token access-old");
  const auto ended = disconnect(ann.id, true);
  EXPECT_TRUE(ended.revoked);
  EXPECT_EQ(ended.revoke_error, std::nullopt);
  EXPECT_EQ(ended.connection.gmail_address, "ann@gmail.com");
  EXPECT_EQ(ended.connection.status, model::ConnectionStatus::disconnected);
  EXPECT_THAT(bench.google.revoked, ElementsAre("refresh-old"));
  const auto stored = bench.stored(ann.id);
  EXPECT_EQ(stored.ciphertexts.access_token + stored.ciphertexts.refresh_token, "");
  EXPECT_EQ(token(ann.id), "reconnect_required: This Gmail account is disconnected.");
}

TEST_F(Disconnect, without_refresh_token_the_access_token_is_revoked) {
  auto once = bench.credential("ann", "access-only", "", 1h);
  const auto ann = bench.run(bench.store->connections().save(everybody(), std::move(once)));
  EXPECT_TRUE(disconnect(ann.id, true).revoked);
  EXPECT_THAT(bench.google.revoked, ElementsAre("access-only"));
}

TEST_F(Disconnect, leaves_google_alone_unless_asked) {
  const auto ann = bench.connect("ann", 1h);
  const auto ended = disconnect(ann.id, false);
  EXPECT_FALSE(ended.revoked);
  EXPECT_EQ(ended.revoke_error, std::nullopt);
  EXPECT_THAT(bench.google.revoked, ElementsAre());
}

TEST_F(Disconnect, reports_a_revocation_that_failed_and_is_a_disconnect_all_the_same) {
  for (const auto& answer : {Google::down(), Google::unreachable()}) {
    const auto ann = bench.connect("ann", 1h);
    bench.google.revoke_answers = {answer};
    const auto ended = disconnect(ann.id, true);
    EXPECT_FALSE(ended.revoked);
    EXPECT_THAT(ended.revoke_error.value_or(""), HasSubstr("did not confirm"));
    EXPECT_EQ(bench.stored(ann.id).ciphertexts.refresh_token, "");
  }
}

TEST_F(Disconnect, leaves_a_grant_that_another_connection_lives_on_and_the_last_one_takes_it) {
  const auto ann = bench.connect("ann", 1h);
  auto shared = bench.credential("bob", "access-bob", "refresh-bob", 1h);
  shared.google_sub = ann.google_sub;
  const auto bob = bench.run(bench.store->connections().save(everybody(), shared));
  const auto first = disconnect(ann.id, true);
  EXPECT_FALSE(first.revoked);
  EXPECT_THAT(first.revoke_error.value_or(""), HasSubstr("another active connection"));
  EXPECT_THAT(bench.google.revoked, ElementsAre());
  EXPECT_EQ(bench.stored(ann.id).ciphertexts.refresh_token, "");
  EXPECT_EQ(token(bob.id), "token access-bob");
  EXPECT_TRUE(disconnect(bob.id, true).revoked);
  EXPECT_THAT(bench.google.revoked, ElementsAre("refresh-bob"));
}

TEST_F(Disconnect, a_connection_by_app_password_does_not_live_on_the_grant) {
  const auto ann = bench.connect("ann", 1h);
  auto typed = bench.credential("bob", "", "", 1h);
  typed.gmail_address = ann.gmail_address;
  typed.google_sub.clear();
  typed.kind = model::ConnectionKind::app_password;
  bench.run(bench.store->connections().save(everybody(), typed));
  EXPECT_TRUE(disconnect(ann.id, true).revoked);
}

TEST_F(Disconnect, of_a_consent_that_google_already_ended_counts_as_revoked) {
  const auto ann = bench.connect("ann", 1h);
  bench.google.revoke_answers = {Google::refuse("invalid_token")};
  EXPECT_TRUE(disconnect(ann.id, true).revoked);
}

TEST_F(Disconnect, a_second_time_says_that_nothing_is_left_to_revoke) {
  const auto ann = bench.connect("ann", 1h);
  disconnect(ann.id, false);
  const auto again = disconnect(ann.id, true);
  EXPECT_FALSE(again.revoked);
  EXPECT_THAT(again.revoke_error.value_or(""), HasSubstr("no token left"));
}

TEST_F(Disconnect, of_a_token_our_key_cannot_open_erases_it_and_says_so) {
  const auto ann = bench.connect("ann", 1h);
  std::vector<Secret> others{crypto::KeyRing::generate()};
  const auto other_keys = crypto::KeyRing::parse(others).value();
  TokenVault stranger{*bench.store, other_keys, &bench.oauth, bench.clock, *bench.log};
  const auto ended = bench.run(stranger.disconnect(everybody(), ann.id, true));
  EXPECT_THAT(ended.revoke_error.value_or(""), HasSubstr("cannot be decrypted"));
  EXPECT_EQ(bench.stored(ann.id).ciphertexts.refresh_token, "");
}

TEST_F(Disconnect, of_a_strangers_connection_changes_nothing) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_THROW(bench.run(vault.disconnect(testing::only("bob"), ann.id, true)), Error);
  EXPECT_TRUE(bench.stored(ann.id).connection.is_active());
  EXPECT_THAT(bench.google.revoked, ElementsAre());
}

TEST_F(Disconnect, goes_on_when_its_caller_goes_away) {
  const auto ann = bench.connect("ann", 1h);
  TaskGroup impatient{bench.loop.get_executor()};
  const auto call = [&]() -> Task<void> { co_await vault.disconnect(everybody(), ann.id, true); };
  const auto leave_at_once = [&]() -> Task<void> {
    impatient.spawn(call());
    impatient.cancel();
    co_await impatient.join();
    co_await vault.drain();
  };
  bench.run(leave_at_once());
  EXPECT_THAT(bench.google.revoked, ElementsAre("refresh-old"));
}

}  // namespace
}  // namespace gmail_mcp::accounts
