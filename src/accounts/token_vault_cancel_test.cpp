#include <gtest/gtest.h>

#include <algorithm>

#include "accounts/testing/google.h"
#include "accounts/token_vault.h"
#include "store/stored_play_test.h"

namespace gmail_mcp::accounts {
namespace {

using testing::Google;
using namespace std::chrono_literals;

// A caller needs a token that has expired. Whatever interferes, the one refresh is stored, and the
// next caller gets its token.
class Refreshing : public store::StoredPlay {
 public:
  explicit Refreshing(boost::asio::io_context& on) : store::StoredPlay{on} {
    store::NewCredential credential;
    credential.user_id = connection_.user_id;
    credential.gmail_address = connection_.gmail_address;
    credential.google_sub = "sub-ann";
    credential.ciphertexts.access_token = keys_.encrypt("access-old");
    credential.ciphertexts.refresh_token = keys_.encrypt("refresh-old");
    credential.token_expires_at = clock_.now() - 1min;
    connection_ = run(store_->connections().save(all_, credential));
  }

  Task<void> act() override { co_await vault_.token(all_, connection_.id); }

  void judge() override {
    run(end());
    EXPECT_EQ(run(vault_.token(all_, connection_.id)).reveal(), "access-1");
    EXPECT_EQ(google_.refreshes, 1);
    const auto stored = run(store_->connections().credential(all_, connection_.id)).value();
    EXPECT_EQ(keys_.decrypt(stored.ciphertexts.access_token).value().reveal(), "access-1");
    EXPECT_EQ(stored.refresh_lease_until, std::nullopt) << "nobody may refresh any more";
  }

 protected:
  Task<void> end() {
    co_await side_.join();
    co_await vault_.drain();
  }

  crypto::KeyRing keys_ = crypto::KeyRing::parse({crypto::KeyRing::generate()}).value();
  Google google_;
  google::OAuthClient client_{"client-id", Secret{"client-secret"}};
  google::OAuthApi oauth_{google_, Google::endpoints(), client_};
  TokenVault vault_{*store_, keys_, &oauth_, clock_, *log_};
};

// Two callers share the refresh, and the one that began it leaves.
class SharedRefreshing final : public Refreshing {
 public:
  using Refreshing::Refreshing;
  Task<void> act() override {
    side_.spawn(another());
    return Refreshing::act();
  }

 private:
  Task<void> another() {
    const auto token = co_await vault_.token(all_, connection_.id);
    EXPECT_EQ(token.reveal(), "access-1");
  }
};

class DrainedRefreshing final : public Refreshing {
 public:
  using Refreshing::Refreshing;
  void interfere(boost::asio::cancellation_signal&) override { side_.spawn(vault_.drain()); }
};

// The person, or the application, ends the connection meanwhile. No token survives that.
class DisconnectedRefreshing : public Refreshing {
 public:
  using Refreshing::Refreshing;
  Task<void> act() override {
    try {
      co_await Refreshing::act();
    } catch (const Error& error) {
      EXPECT_TRUE(was_ended_) << error.message;
    }
  }
  void interfere(boost::asio::cancellation_signal&) override {
    was_ended_ = true;
    side_.spawn(disconnect());
  }
  void judge() override {
    run(end());
    EXPECT_THROW(run(vault_.token(all_, connection_.id)), Error);
    EXPECT_EQ(google_.revoked.size(), 1U);
    const auto stored = run(store_->connections().credential(all_, connection_.id));
    if (stored) {
      EXPECT_EQ(stored->ciphertexts.access_token + stored->ciphertexts.refresh_token, "");
    }
  }

 protected:
  virtual Task<void> disconnect() { co_await vault_.disconnect(all_, connection_.id, true); }

  bool was_ended_ = false;
};

class RemovedRefreshing final : public DisconnectedRefreshing {
 public:
  using DisconnectedRefreshing::DisconnectedRefreshing;

 protected:
  Task<void> disconnect() override {
    co_await vault_.begin_removal(all_, connection_.id, std::nullopt);
    const bool is_gone = co_await store_->connections().remove(all_, connection_.id, "spent");
    EXPECT_TRUE(is_gone);
  }
};

// Google refuses: the connection is marked.
class RefusedRefreshing final : public Refreshing {
 public:
  explicit RefusedRefreshing(boost::asio::io_context& on) : Refreshing{on} {
    google_.refresh_always = Google::refuse("invalid_grant");
  }
  Task<void> act() override {
    try {
      co_await Refreshing::act();
      ADD_FAILURE() << "a token of a refused refresh";
    } catch (const Error& error) {
      EXPECT_EQ(error.code, Errc::reconnect_required);
    }
  }
  void judge() override {
    run(end());
    run(act());
    run(end());
    EXPECT_EQ(google_.refreshes, 1);
    const auto found = run(store_->connections().find(all_, connection_.id)).value();
    EXPECT_EQ(found.status, model::ConnectionStatus::reconnect_required);
  }
};

// The caller of a removal leaves; it is completed all the same.
class LeftRemoval final : public Refreshing {
 public:
  using Refreshing::Refreshing;
  Task<void> act() override {
    was_begun_ = true;
    co_await vault_.begin_removal(all_, connection_.id, std::nullopt);
  }
  void judge() override {
    run(end());
    if (!was_begun_) return;
    EXPECT_FALSE(run(store_->connections().find(all_, connection_.id)));
    EXPECT_EQ(google_.revoked.size(), 1U);
    const auto left = run(
        store_->connections().begin_ending(all_, connection_.id, model::ConnectionStatus::removing,
                                           std::nullopt, store::Erasure::everything));
    EXPECT_EQ(left->ciphertexts.access_token + left->ciphertexts.refresh_token, "");
  }

 private:
  bool was_begun_ = false;
};

TEST(VaultCancelled, at_every_point_of_a_refresh_its_caller_may_leave) {
  EXPECT_GT(interfere_at_every_point<Refreshing>("token refresh"), 5U);
}

TEST(VaultCancelled, at_every_point_one_of_two_who_share_a_refresh_may_leave) {
  EXPECT_GT(interfere_at_every_point<SharedRefreshing>("token refresh of two callers"), 5U);
}

TEST(VaultCancelled, at_every_point_of_a_refresh_the_server_may_stop) {
  EXPECT_GT(interfere_at_every_point<DrainedRefreshing>("token refresh while the server stops"),
            5U);
}

TEST(VaultCancelled, at_every_point_of_a_refresh_the_connection_may_be_ended) {
  EXPECT_GT(interfere_at_every_point<DisconnectedRefreshing>("token refresh, disconnected"), 5U);
  EXPECT_GT(interfere_at_every_point<RemovedRefreshing>("token refresh, removed"), 5U);
}

TEST(VaultCancelled, at_every_point_of_a_refused_refresh_its_caller_may_leave) {
  EXPECT_GT(interfere_at_every_point<RefusedRefreshing>("token refresh, refused"), 5U);
}

TEST(VaultCancelled, at_every_point_of_a_removal_its_caller_may_leave) {
  EXPECT_GT(interfere_at_every_point<LeftRemoval>("removal"), 5U);
}

}  // namespace
}  // namespace gmail_mcp::accounts
