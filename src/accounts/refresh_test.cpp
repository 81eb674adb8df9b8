#include "accounts/refresh.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "accounts/testing/bench.h"
#include "accounts/token_vault.h"
#include "base/process.h"
#include "sql/temp_folder.h"

// Several processes use one database, and one of them refreshes.
namespace gmail_mcp::accounts {
namespace {

using testing::Bench;
using ::testing::Each;
using ::testing::ElementsAre;
using testing::everybody;
using testing::Google;
using ::testing::HasSubstr;
using testing::outcome;
using ::testing::StartsWith;
using namespace std::chrono_literals;

class TwoProcesses : public ::testing::Test {
 protected:
  std::string token(TokenVault& process, const model::ConnectionId& id) {
    return bench.run(outcome(process.token(everybody(), id)));
  }
  store::Connections& connections() { return bench.store->connections(); }
  // Another process takes the right to refresh, and dies.
  void refresh_elsewhere_and_die(const model::Connection& connection, std::chrono::seconds lease) {
    ASSERT_TRUE(bench.run(
        other->connections().begin_refresh(everybody(), connection.id, connection.version, lease)));
  }

  sql::TempFolder folder;
  Bench bench{folder / "mail.db"};
  std::unique_ptr<store::Store> other{bench.open_again()};
  testing::StandingClock standing{bench.clock};
  TokenVault vault{*bench.store, bench.keys, &bench.oauth, standing, *bench.log};
  TokenVault other_vault{*other, bench.keys, &bench.oauth, standing, *bench.log};
};

TEST_F(TwoProcesses, share_one_refresh) {
  const auto ann = bench.connect("ann", -1s);
  std::vector<Task<std::string>> calls;
  for (int i = 0; i < 8; ++i) {
    calls.push_back(outcome(vault.token(everybody(), ann.id)));
    calls.push_back(outcome(other_vault.token(everybody(), ann.id)));
  }
  EXPECT_THAT(bench.run(run_all(std::move(calls))), Each("token access-1"));
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(TwoProcesses, nobody_waits_for_one_that_was_killed_while_it_refreshed) {
  const auto ann = bench.connect("ann", -1s);
  refresh_elsewhere_and_die(ann, 20s);
  // A process of this boot and pid namespace that does not exist: no process has the number 0.
  auto name = this_process();
  name.replace(name.find(':') + 1, name.find(':', name.find(':') + 1) - name.find(':') - 1, "0");
  EXPECT_TRUE(bench.run(other->leases().take("refresh/" + ann.id.str(), name, 20s)));
  const auto before = bench.clock.now();
  EXPECT_EQ(token(vault, ann.id), "token access-1");
  EXPECT_LT(bench.clock.now() - before, 2s);
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(TwoProcesses, share_one_replacement) {
  const auto ann = bench.connect("ann", 1h);
  std::vector<Task<std::string>> calls;
  calls.push_back(outcome(vault.replace(everybody(), ann.id, Secret{"access-old"})));
  calls.push_back(outcome(other_vault.replace(everybody(), ann.id, Secret{"access-old"})));
  EXPECT_THAT(bench.run(run_all(std::move(calls))), Each("token access-1"));
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(TwoProcesses, the_one_without_the_lease_goes_on_with_a_token_that_still_works) {
  const auto ann = bench.connect("ann", 1min);
  refresh_elsewhere_and_die(ann, 60s);
  const auto before = bench.clock.now();
  EXPECT_EQ(token(vault, ann.id), "token access-old");
  EXPECT_EQ(bench.clock.now(), before) << "nobody waits for a token that is not needed yet";
}

TEST_F(TwoProcesses, the_one_without_the_lease_waits_about_ten_seconds_for_the_other) {
  const auto ann = bench.connect("ann", -1s);
  refresh_elsewhere_and_die(ann, 60s);
  TokenVault waiting{*bench.store, bench.keys, &bench.oauth, bench.clock, *bench.log};
  const auto before = bench.clock.now();
  EXPECT_THAT(token(waiting, ann.id), StartsWith("unavailable: Token refresh failed"));
  EXPECT_GE(bench.clock.now() - before, 10s);
  EXPECT_LE(bench.clock.now() - before, 12s);
  EXPECT_EQ(bench.google.refreshes, 0);
  EXPECT_TRUE(bench.stored(ann.id).connection.is_active());
}

TEST_F(TwoProcesses, the_lease_of_one_that_died_ends) {
  const auto ann = bench.connect("ann", -1s);
  refresh_elsewhere_and_die(ann, 0s);
  EXPECT_EQ(token(vault, ann.id), "token access-1");
}

TEST_F(TwoProcesses, the_one_that_waits_takes_over_when_the_lease_ends) {
  const auto ann = bench.connect("ann", -1s);
  refresh_elsewhere_and_die(ann, 60s);
  standing.on_sleep = [&]() -> Task<void> {
    co_await other->connections().abandon_refresh(everybody(), ann.id, ann.version);
  };
  EXPECT_EQ(token(vault, ann.id), "token access-1");
}

TEST_F(TwoProcesses, what_another_process_refreshed_is_used_instead_of_refreshing_again) {
  const auto ann = bench.connect("ann", 6min);
  EXPECT_EQ(token(vault, ann.id), "token access-old");
  bench.clock.advance(1min);
  EXPECT_EQ(token(other_vault, ann.id), "token access-1");
  EXPECT_EQ(token(vault, ann.id), "token access-1");
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(TwoProcesses, a_disconnect_by_the_other_is_learned_within_five_seconds) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_EQ(token(vault, ann.id), "token access-old");
  bench.run(other_vault.disconnect(everybody(), ann.id, false));
  bench.clock.advance(5s);
  EXPECT_EQ(token(vault, ann.id), "reconnect_required: This Gmail account is disconnected.");
}

TEST_F(TwoProcesses, check_knows_of_a_disconnect_by_the_other_at_once) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_EQ(token(vault, ann.id), "token access-old");
  bench.run(other_vault.disconnect(everybody(), ann.id, false));
  const auto check = bench.run(vault.check(everybody(), ann.id));
  EXPECT_FALSE(check.valid);
  EXPECT_TRUE(check.needs_reauth);
  EXPECT_EQ(check.error, "This Gmail account is disconnected.");
}

TEST_F(TwoProcesses, a_reconnect_by_the_other_is_learned_within_five_seconds) {
  const auto ann = bench.connect("ann", 1h);
  EXPECT_EQ(token(vault, ann.id), "token access-old");
  auto fresh = bench.credential("ann", "access-reconnected", "refresh-reconnected", 1h);
  bench.run(other->connections().save(everybody(), std::move(fresh)));
  bench.clock.advance(5s);
  EXPECT_EQ(token(vault, ann.id), "token access-reconnected");
}

class WhileRefreshing : public TwoProcesses {
 protected:
  void the_person_reconnects_meanwhile() {
    fresh = bench.credential("ann", "access-reconnected", "refresh-reconnected", 1h);
    bench.google.meanwhile = [this]() -> Task<void> {
      co_await connections().save(everybody(), fresh);
    };
  }

  store::NewCredential fresh;
};

TEST_F(WhileRefreshing, a_reconnect_wins_over_the_refreshed_token) {
  const auto ann = bench.connect("ann", -1s);
  the_person_reconnects_meanwhile();
  EXPECT_EQ(token(vault, ann.id), "token access-reconnected");
  EXPECT_EQ(bench.open(bench.stored(ann.id).ciphertexts.access_token), "access-reconnected");
  EXPECT_EQ(bench.google.refreshes, 1);
}

TEST_F(WhileRefreshing, a_reconnect_wins_over_an_old_token_that_would_still_work) {
  const auto ann = bench.connect("ann", 1min);
  the_person_reconnects_meanwhile();
  EXPECT_EQ(token(vault, ann.id), "token access-reconnected");
}

TEST_F(WhileRefreshing, a_reconnect_wins_over_the_refusal_of_the_old_token) {
  const auto ann = bench.connect("ann", -1s);
  the_person_reconnects_meanwhile();
  bench.google.refresh_answers = {Google::refuse("invalid_grant")};
  EXPECT_EQ(token(vault, ann.id), "token access-reconnected");
  EXPECT_TRUE(bench.stored(ann.id).connection.is_active());
}

TEST_F(WhileRefreshing, a_disconnect_wins_and_nothing_is_stored_again) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.meanwhile = [&]() -> Task<void> {
    co_await vault.disconnect(everybody(), ann.id, false);
  };
  EXPECT_THAT(token(vault, ann.id), StartsWith("reconnect_required: This Gmail account is disc"));
  const auto stored = bench.stored(ann.id);
  EXPECT_EQ(stored.ciphertexts.access_token, "");
  EXPECT_EQ(stored.ciphertexts.refresh_token, "");
  EXPECT_EQ(stored.connection.status, model::ConnectionStatus::disconnected);
}

TEST_F(WhileRefreshing, who_asks_after_a_disconnect_does_not_join_what_was_begun_before) {
  const auto ann = bench.connect("ann", -1s);
  bench.google.hold = true;
  std::string early, late;
  const auto ask_early = [&]() -> Task<void> {
    early = co_await outcome(vault.token(everybody(), ann.id));
  };
  const auto disconnect_then_ask = [&]() -> Task<void> {
    while (!bench.google.is_holding()) co_await testing::turn();
    co_await vault.disconnect(everybody(), ann.id, false);
    late = co_await outcome(vault.token(everybody(), ann.id));
    bench.google.release();
  };
  std::vector<Task<void>> both;
  both.push_back(ask_early());
  both.push_back(disconnect_then_ask());
  bench.run(run_all(std::move(both)));
  EXPECT_THAT(early, StartsWith("reconnect_required"));
  EXPECT_THAT(late, StartsWith("reconnect_required"));
}

}  // namespace
}  // namespace gmail_mcp::accounts
