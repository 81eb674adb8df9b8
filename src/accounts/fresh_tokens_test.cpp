#include "accounts/fresh_tokens.h"

#include <gtest/gtest.h>

#include "accounts/testing/bench.h"

namespace gmail_mcp::accounts {
namespace {

using testing::Bench;
using testing::everybody;
using testing::Google;
using testing::outcome;
using namespace std::chrono_literals;

class FreshTokens : public ::testing::Test {
 protected:
  model::Connection used(const std::string& user, std::chrono::seconds token_life) {
    auto connection = bench.connect(user, token_life);
    bench.store->connections().touch(connection.id);
    bench.run(bench.store->flush());
    return connection;
  }
  int round() {
    return bench.run(renew_expiring_tokens(vault, *bench.store, bench.clock, *bench.log, {}));
  }
  std::string stored_token(const model::ConnectionId& id) {
    return bench.open(bench.stored(id).ciphertexts.access_token);
  }

  Bench bench;
  TokenVault vault{*bench.store, bench.keys, &bench.oauth, bench.clock, *bench.log};
};

TEST_F(FreshTokens, of_a_mailbox_in_use_are_renewed_before_a_call_has_to_wait) {
  const auto ann = used("ann", 1h);
  bench.clock.advance(56min);
  EXPECT_EQ(round(), 1);
  EXPECT_EQ(stored_token(ann.id), "access-1");
  EXPECT_EQ(bench.run(outcome(vault.token(everybody(), ann.id))), "token access-1");
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(FreshTokens, are_left_alone_while_they_last) {
  used("ann", 1h);
  bench.clock.advance(50min);
  EXPECT_EQ(round(), 0);
  EXPECT_EQ(bench.google.refreshes, 0);
}

TEST_F(FreshTokens, of_mailboxes_nobody_uses_are_left_alone) {
  bench.connect("never", 1h);
  used("yesterday", 1h);
  bench.clock.advance(24h);
  EXPECT_EQ(round(), 0);
  EXPECT_EQ(bench.google.refreshes, 0);
}

TEST_F(FreshTokens, of_one_person_who_took_her_consent_back_stop_nobody_elses) {
  const auto ann = used("ann", 59min);
  const auto bob = used("bob", 1h);
  bench.google.refresh_answers = {Google::refuse("invalid_grant")};
  bench.clock.advance(56min);
  EXPECT_EQ(round(), 1);
  EXPECT_EQ(bench.stored(ann.id).connection.status, model::ConnectionStatus::reconnect_required);
  EXPECT_EQ(bench.stored(bob.id).connection.status, model::ConnectionStatus::active);
  EXPECT_EQ(round(), 0) << "what must be connected again is not tried again";
  EXPECT_EQ(bench.google.refreshes, 2);
}

TEST_F(FreshTokens, survive_a_round_in_which_google_is_down) {
  const auto ann = used("ann", 1h);
  bench.google.refresh_answers = {Google::down(), Google::down(), Google::down(), Google::down()};
  bench.clock.advance(56min);
  round();
  EXPECT_EQ(stored_token(ann.id), "access-old");
  EXPECT_EQ(bench.stored(ann.id).connection.status, model::ConnectionStatus::active);
  bench.google.refresh_answers.clear();
  bench.clock.advance(1min);
  round();
  EXPECT_NE(stored_token(ann.id), "access-old");
}

}  // namespace
}  // namespace gmail_mcp::accounts
