#include "accounts/token_vault.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <optional>
#include <utility>

#include "accounts/desk.h"
#include "accounts/refresh.h"
#include "accounts/refusals.h"
#include "accounts/sign_in_ends.h"
#include "base/caught.h"

namespace gmail_mcp::accounts {

namespace {

// The longest time that a disconnect waits for Google.
constexpr std::chrono::seconds revocation_limit{10};

class VaultSource final : public google::TokenSource {
 public:
  VaultSource(TokenVault& vault, model::Access access, model::ConnectionId id)
      : vault_{vault}, access_{std::move(access)}, id_{std::move(id)} {}

  Task<Secret> token() override { return vault_.token(access_, id_); }
  Task<Secret> replace(Secret refused) override {
    return vault_.replace(access_, id_, std::move(refused));
  }

 private:
  TokenVault& vault_;
  model::Access access_;
  model::ConnectionId id_;
};

}  // namespace

struct TokenVault::State {
  store::Store& store;
  const crypto::KeyRing& keys;
  google::OAuthApi* oauth;
  Clock& clock;
  Log& log;
  Refresh refresh;
  Desks desks;
  // Refreshes and disconnects do not belong to the callers who wait for them. Made on the loop on
  // which they run.
  std::optional<TaskGroup> group;

  template <class T>
  SharedWork<T> launch(const Executor& executor, Task<T> work) {
    if (!group) group.emplace(executor);
    return {*group, executor, std::move(work)};
  }

  Task<KnownPtr> working(model::Access access, model::ConnectionId id, Secret refused);
  Task<KnownPtr> current(model::Access access, DeskPtr desk, model::ConnectionId id);

  Task<Secret> token(model::Access access, model::ConnectionId id);
  Task<Secret> replace(model::Access access, model::ConnectionId id, Secret refused);
  Task<model::ConnectionCheck> check(model::Access access, model::ConnectionId id);
  Task<model::Disconnected> to_its_end(Task<model::Disconnected> work);
  Task<model::Disconnected> disconnect(model::Access access, model::ConnectionId id,
                                       store::Erasure erasure);
  Task<model::Disconnected> end_and_revoke(model::Access access, model::ConnectionId id,
                                           model::ConnectionStatus as,
                                           std::optional<std::int64_t> version,
                                           store::Erasure erasure);
  Task<model::Disconnected> end(store::StoredCredential ended, bool revoke_access);
  Task<std::optional<std::string>> revoke(store::Ciphertexts ciphertexts,
                                          model::Connection connection);
};

Task<Secret> TokenVault::State::token(model::Access access, model::ConnectionId id) {
  Secret none;
  auto known = desks.at_hand(access, id);
  if (!known || !known->connection.is_active() || refresh.is_wanting(*known, none)) {
    known = co_await working(std::move(access), std::move(id), std::move(none));
  }
  co_return known->access_token;
}

Task<Secret> TokenVault::State::replace(model::Access access, model::ConnectionId id,
                                        Secret refused) {
  const auto known = co_await working(std::move(access), std::move(id), std::move(refused));
  co_return known->access_token;
}

// The active connection with a working token that is not `refused`.
Task<KnownPtr> TokenVault::State::working(model::Access access, model::ConnectionId id,
                                          Secret refused) {
  const auto executor = co_await boost::asio::this_coro::executor;
  // A refresh begun by a caller who did not know which token Google refused may end with that very
  // token. The next one is ours, or begun by a caller who knew.
  for (int round = 0; round < 3; ++round) {
    const auto desk = desks.at(id);
    auto known = co_await current(access, desk, id);
    if (known->connection.is_active() && known->connection.kind != model::ConnectionKind::oauth) {
      throw Error{Errc::unsupported, "This account is connected by App Password: it has no token."};
    }
    const bool resting =
        clock.steady_now() < desk->quiet_until && refresh.still_works(*known, refused);
    if (known->connection.is_active() && refresh.is_wanting(*known, refused) && !resting) {
      const bool ours = !desk->refresh.is_under_way();
      if (ours) desk->refresh = launch(executor, refresh.run(desk, id, refused));
      known = co_await desk->refresh.outcome();
      if (!ours && known->connection.is_active() && known->has_token(refused)) continue;
    }
    if (known->connection.is_active()) co_return known;
    throw reconnect_error(known->connection);
  }
  throw Error{Errc::unavailable, "Token refresh failed: Google refused every token it gave.",
              "Try again in a moment."};
}

// The connection as it was at most `options.cache` ago. not_found if the access does not include
// it.
Task<KnownPtr> TokenVault::State::current(model::Access access, DeskPtr desk,
                                          model::ConnectionId id) {
  if (auto known = desks.at_hand(access, id)) co_return known;
  const auto executor = co_await boost::asio::this_coro::executor;
  // Callers with the same access share a look-up; the store decides what an access includes.
  const std::string reach = access.only_user() ? access.only_user()->str() : std::string{};
  std::erase_if(desk->loads, [](const auto& load) { return !load.second.is_under_way(); });
  auto& load = desk->loads[reach];
  if (!load) load = launch(executor, refresh.read(std::move(access), desk, std::move(id)));
  co_return co_await load.outcome();
}

Task<model::ConnectionCheck> TokenVault::State::check(model::Access access,
                                                      model::ConnectionId id) {
  model::ConnectionCheck check;
  auto found = co_await store.connections().find(access, id);
  if (!found) throw connection_not_found();
  check.connection = std::move(*found);
  desks.doubt(id);
  Secret none;
  const auto tried = co_await caught(working(access, id, std::move(none)));
  if (tried) {
    const KnownPtr& known = *tried;
    check.valid = true;
    check.connection = known->connection;
    const auto left = *known->connection.token_expires_at - clock.now();
    check.token_expires_in = std::chrono::floor<std::chrono::seconds>(left);
    co_return check;
  }
  const Error& failure = tried.error();
  if (failure.code == Errc::not_found) throw Error{failure};
  check.error = failure.message;
  check.needs_reauth = failure.code == Errc::reconnect_required;
  // Trying may have changed it.
  auto changed = co_await store.connections().find(access, id);
  if (changed) check.connection = std::move(*changed);
  co_return check;
}

Task<model::Disconnected> TokenVault::State::to_its_end(Task<model::Disconnected> work) {
  const auto executor = co_await boost::asio::this_coro::executor;
  co_return co_await launch(executor, std::move(work)).outcome();
}

Task<model::Disconnected> TokenVault::State::disconnect(model::Access access,
                                                        model::ConnectionId id,
                                                        store::Erasure erasure) {
  auto erased = co_await store.connections().disconnect(access, id, erasure);
  if (!erased) throw connection_not_found();
  co_return co_await end(std::move(*erased), false);
}

// The credential to be revoked is erased last, so that after a crash it can still be revoked.
Task<model::Disconnected> TokenVault::State::end_and_revoke(model::Access access,
                                                            model::ConnectionId id,
                                                            model::ConnectionStatus as,
                                                            std::optional<std::int64_t> version,
                                                            store::Erasure erasure) {
  auto marked = co_await store.connections().begin_ending(access, id, as, version, erasure);
  if (!marked) throw connection_not_found();
  auto result = co_await end(std::move(*marked), true);
  co_await store.connections().erase_credential(access, id);
  co_return result;
}

Task<model::Disconnected> TokenVault::State::end(store::StoredCredential ended,
                                                 bool revoke_access) {
  const auto id = ended.connection.id;
  desks.forget(id);
  co_await end_sign_ins_without_mailbox(store, clock, log, id, "disconnected");
  model::Disconnected result;
  result.connection = std::move(ended.connection);
  result.connection.status = model::ConnectionStatus::disconnected;
  if (revoke_access && !model::facts_of(result.connection.kind).by_consent) {
    result.revoke_error =
        "Google lets nobody but the person end an App Password: they delete it at "
        "https://myaccount.google.com/apppasswords.";
  } else if (revoke_access) {
    result.revoke_error = co_await revoke(std::move(ended.ciphertexts), result.connection);
    result.revoked = !result.revoke_error;
  }
  log.info("disconnected", {{"connection_id", id.str()}, {"revoked", result.revoked}});
  co_return result;
}

// Why it failed or was not done; nullopt if Google confirmed.
Task<std::optional<std::string>> TokenVault::State::revoke(store::Ciphertexts ciphertexts,
                                                           model::Connection connection) {
  const bool none = ciphertexts.refresh_token.empty() && ciphertexts.access_token.empty();
  if (none) {
    co_return "There was no token left to revoke: the connection had ended before. Whether Google "
              "still gives this program access, the person sees at "
              "https://myaccount.google.com/connections, and can remove it there.";
  }
  const std::string remedy =
      " The person can remove the access at https://myaccount.google.com/connections.";
  // Revoking either token ends the whole grant; the refresh token lives longer.
  std::optional<Secret> token;
  for (const auto* sealed : {&ciphertexts.refresh_token, &ciphertexts.access_token}) {
    if (token || sealed->empty()) continue;
    if (auto opened = keys.decrypt(*sealed)) token = std::move(opened).value();
  }
  if (!token) co_return undecryptable("token").message + remedy;
  if (oauth == nullptr) co_return "No Google client is configured to revoke with." + remedy;
  try {
    // One grant serves every connection of the Google account, whoever connected it. This one is
    // already marked, so of two that end at the same time the later one revokes the grant.
    store::GoogleAccount account{.sub = connection.google_sub, .address = connection.gmail_address};
    const auto access = model::Access::system("revocation");
    const bool is_shared =
        co_await store.connections().shared_by(access, std::move(account), connection.id);
    if (is_shared) {
      co_return "Not revoked at Google: another active connection uses the same Google account, "
                "and would end with it." +
          remedy;
    }
    auto asked = with_deadline(revocation_limit, oauth->revoke(std::move(*token)));
    co_await std::move(asked);
  } catch (const Error& error) {
    log.warning("revocation_failed", {{"connection_id", connection.id.str()},
                                      {"code", to_string(error.code)},
                                      {"detail", error.detail}});
    co_return "Google did not confirm the revocation." + remedy;
  }
  co_return std::nullopt;
}

TokenVault::TokenVault(store::Store& store, const crypto::KeyRing& keys, google::OAuthApi* oauth,
                       Clock& clock, Log& log, VaultOptions options)
    : state_{new State{store,
                       keys,
                       oauth,
                       clock,
                       log,
                       Refresh{store, keys, oauth, clock, log, options},
                       Desks{clock, options.cache},
                       {}}} {}

TokenVault::~TokenVault() = default;

std::shared_ptr<google::TokenSource> TokenVault::source(const model::Access& access,
                                                        model::ConnectionId id) {
  return std::make_shared<VaultSource>(*this, access, std::move(id));
}

// These are not coroutines, so the access is copied before anything suspends.
Task<Secret> TokenVault::token(const model::Access& access, model::ConnectionId id) {
  return state_->token(access, std::move(id));
}

Task<Secret> TokenVault::replace(const model::Access& access, model::ConnectionId id,
                                 Secret refused) {
  return state_->replace(access, std::move(id), std::move(refused));
}

Task<model::ConnectionCheck> TokenVault::check(const model::Access& access,
                                               model::ConnectionId id) {
  return state_->check(access, std::move(id));
}

Task<model::Disconnected> TokenVault::disconnect(const model::Access& access,
                                                 model::ConnectionId id, bool revoke_google_access,
                                                 store::Erasure erasure,
                                                 std::optional<std::int64_t> version) {
  if (!revoke_google_access) {
    return state_->to_its_end(state_->disconnect(access, std::move(id), erasure));
  }
  return state_->to_its_end(state_->end_and_revoke(
      access, std::move(id), model::ConnectionStatus::disconnected, version, erasure));
}

Task<model::Disconnected> TokenVault::begin_removal(const model::Access& access,
                                                    model::ConnectionId id,
                                                    std::optional<std::int64_t> version) {
  return state_->to_its_end(state_->end_and_revoke(access, std::move(id),
                                                   model::ConnectionStatus::removing, version,
                                                   store::Erasure::everything));
}

void TokenVault::forget(const model::ConnectionId& id) { state_->desks.forget(id); }

Task<void> TokenVault::drain() {
  if (state_->group) co_await state_->group->join();
}

const VaultCounters& TokenVault::counters() const { return state_->refresh.counters(); }

}  // namespace gmail_mcp::accounts
