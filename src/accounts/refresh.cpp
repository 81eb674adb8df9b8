#include "accounts/refresh.h"

#include <algorithm>
#include <utility>

#include "accounts/refusals.h"
#include "accounts/sign_in_ends.h"
#include "base/caught.h"
#include "base/process.h"
#include "google/patience.h"

namespace gmail_mcp::accounts {

namespace {

// How long we wait for another process that refreshes.
constexpr std::chrono::seconds patience{10};
constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{1'000};

// A refresh is done for all callers, so it runs under an access of its own.
model::Access everybody() { return model::Access::system("token refresh"); }

// The error that callers see for a failure that may pass. Errors that an operator or administrator
// must fix stay as they are.
Error refresh_trouble(const Error& cause) {
  if (cause.code == Errc::misconfigured || cause.code == Errc::forbidden) return cause;
  Error trouble{Errc::unavailable,
                "Token refresh failed: Google gave no answer that could be used.",
                "Try again in a moment; the account stays connected."};
  trouble.detail = cause.detail.empty() ? cause.message : cause.detail;
  trouble.retry_after = cause.retry_after;
  return trouble;
}

std::string lease_of(const model::ConnectionId& id) { return "refresh/" + id.str(); }

// For Patience, which decides how long calls to Google are repeated.
google::Failure as_failure(const Error& trouble) {
  using google::FailureKind;
  google::Failure failure;
  failure.kind = trouble.retryable() ? FailureKind::unavailable : FailureKind::forbidden;
  failure.retry_after = trouble.retry_after;
  return failure;
}

}  // namespace

bool Refresh::is_wanting(const Known& known, const Secret& refused) const {
  const auto& expires_at = known.connection.token_expires_at;
  const bool due = !expires_at || clock_.now() + options_.refresh_buffer >= *expires_at;
  return due || known.access_token.empty() || known.has_token(refused);
}

bool Refresh::still_works(const Known& known, const Secret& refused) const {
  const auto& expires_at = known.connection.token_expires_at;
  const bool alive = expires_at && clock_.now() < *expires_at;
  return alive && !known.access_token.empty() && !known.has_token(refused);
}

Task<KnownPtr> Refresh::read(model::Access access, DeskPtr desk, model::ConnectionId id) {
  const auto asked_at = clock_.steady_now();
  const int lessons = desk->lessons;
  auto stored = co_await store_.connections().credential(access, id);
  if (!stored) throw connection_not_found();
  // A refresh ended during the read, so the result is already old.
  if (lessons != desk->lessons && desk->known->connection.version > stored->connection.version) {
    co_return desk->known;
  }
  auto known = std::make_shared<Known>();
  known->connection = std::move(stored->connection);
  known->refresh_token = std::move(stored->ciphertexts.refresh_token);
  if (known->connection.is_active() && !stored->ciphertexts.access_token.empty()) {
    auto opened = keys_.decrypt(stored->ciphertexts.access_token);
    if (!opened) throw undecryptable("token");
    known->access_token = std::move(opened).value();
  }
  desk->learn(known, asked_at);
  co_return known;
}

Task<KnownPtr> Refresh::run(DeskPtr desk, model::ConnectionId id, Secret refused) {
  const auto until = clock_.steady_now() + patience;
  auto pause = first_pause;
  const google::Policy policy;
  google::Patience tries{policy, clock_};
  while (true) {
    const auto known = co_await read(everybody(), desk, id);
    if (!known->connection.is_active() || !is_wanting(*known, refused)) co_return known;
    const auto attempted = co_await attempt(desk, known);
    if (attempted.settled) co_return attempted.settled;
    if (!attempted.overtaken && still_works(*known, refused)) {
      if (attempted.trouble) {
        desk->quiet_until = clock_.steady_now() + options_.cache;
        log_.warning("token_refresh_postponed",
                     {{"connection_id", id.str()}, {"code", to_string(attempted.trouble->code)}});
      }
      co_return known;
    }
    if (attempted.trouble) {
      const auto wait = tries.wait_after(as_failure(*attempted.trouble), false);
      if (!wait) throw Error{*attempted.trouble};
      tries.spent_one();
      co_await clock_.sleep(*wait);
      continue;
    }
    if (!attempted.overtaken && clock_.steady_now() >= until) {
      throw Error{Errc::unavailable,
                  "Token refresh failed: another process began one and has not finished it.",
                  "Try again in a moment; the account stays connected."};
    }
    co_await clock_.sleep(pause);
    pause = std::min(2 * pause, longest_pause);
  }
}

Task<Refresh::Attempt> Refresh::attempt(DeskPtr desk, KnownPtr known) {
  Attempt result;
  const auto access = everybody();
  const model::Connection& connection = known->connection;
  if (known->refresh_token.empty()) {
    co_return co_await give_up(desk, known, store::CredentialLoss::missing);
  }
  if (oauth_ == nullptr) {
    result.trouble.emplace(Errc::misconfigured,
                           "No Google client is configured, so the token cannot be refreshed.",
                           "Set GMAIL_MCP_GOOGLE_CLIENT_ID and GMAIL_MCP_GOOGLE_CLIENT_SECRET.");
    co_return result;
  }
  auto refresh_token = keys_.decrypt(known->refresh_token);
  if (!refresh_token) {
    result.trouble = undecryptable("token");
    co_return result;
  }
  const bool taken = co_await store_.connections().begin_refresh(
      access, connection.id, connection.version, options_.lease);
  if (!taken) {
    co_await free_if_holder_ended(connection);
    co_return result;
  }
  co_await sign_lease(connection.id);

  const auto asked_at = clock_.now();
  // After the lease another process may refresh, and our answer would come too late.
  auto asked = with_deadline(options_.lease, oauth_->refresh(std::move(refresh_token).value()));
  auto grant = co_await caught(std::move(asked));
  co_await unsign_lease(connection.id);
  if (grant) co_return co_await keep(desk, known, std::move(grant).value(), asked_at);
  if (grant.error().code == Errc::reconnect_required) {
    co_return co_await give_up(desk, known, store::CredentialLoss::refused);
  }
  ++counters_.refreshes_failed;
  result.trouble = refresh_trouble(grant.error());
  co_await store_.connections().abandon_refresh(access, connection.id, connection.version);
  co_return result;
}

Task<void> Refresh::sign_lease(model::ConnectionId id) {
  try {
    co_await store_.leases().take(lease_of(id), this_process(), options_.lease);
  } catch (const Error&) {
    // If this fails, the others wait for the time of the lease.
  }
}

Task<void> Refresh::unsign_lease(model::ConnectionId id) {
  try {
    co_await store_.leases().release(lease_of(id), this_process());
  } catch (const Error&) {
    // The lease ends by itself.
  }
}

Task<void> Refresh::free_if_holder_ended(const model::Connection& connection) {
  auto name = lease_of(connection.id);
  auto holder = co_await store_.leases().holder(name);
  if (!holder || may_be_running(*holder)) co_return;
  co_await store_.leases().release(std::move(name), std::move(*holder));
  co_await store_.connections().abandon_refresh(everybody(), connection.id, connection.version);
}

Task<Refresh::Attempt> Refresh::keep(DeskPtr desk, KnownPtr known, google::TokenGrant grant,
                                     Timestamp asked_at) {
  Attempt result;
  ++counters_.refreshes_ok;
  store::RefreshedToken fresh;
  fresh.access_token = keys_.encrypt(grant.access_token);
  if (!grant.refresh_token.empty()) fresh.refresh_token = keys_.encrypt(grant.refresh_token);
  fresh.expires_at = asked_at + grant.expires_in;
  fresh.scopes = grant.scopes;

  auto next = std::make_shared<Known>(*known);
  next->access_token = std::move(grant.access_token);
  if (!fresh.refresh_token.empty()) next->refresh_token = fresh.refresh_token;
  if (!fresh.scopes.empty()) next->connection.scopes = fresh.scopes;
  next->connection.token_expires_at = fresh.expires_at;
  next->connection.version = known->connection.version + 1;

  const auto access = everybody();
  const bool kept = co_await store_.connections().finish_refresh(
      access, known->connection.id, known->connection.version, std::move(fresh));
  if (!kept) {
    result.overtaken = true;
    co_return result;
  }
  log_.debug("token_refreshed", {{"connection_id", known->connection.id.str()}});
  desk->learn(next, clock_.steady_now());
  result.settled = std::move(next);
  co_return result;
}

// No other token can be obtained: the person must consent again.
Task<Refresh::Attempt> Refresh::give_up(DeskPtr desk, KnownPtr known, store::CredentialLoss loss) {
  Attempt result;
  ++counters_.refreshes_refused;
  const auto access = everybody();
  const model::Connection& connection = known->connection;
  log_.warning("token_refresh_refused", {{"connection_id", connection.id.str()}});
  const bool marked = co_await store_.connections().require_reconnect(access, connection.id,
                                                                      connection.version, loss);
  if (!marked) {
    result.overtaken = true;
    co_return result;
  }
  if (loss == store::CredentialLoss::refused) {
    co_await end_sign_ins_without_mailbox(store_, clock_, log_, connection.id, "permission_ended");
  }
  auto next = std::make_shared<Known>(*known);
  next->connection.status = model::ConnectionStatus::reconnect_required;
  next->access_token = Secret{};
  desk->learn(next, clock_.steady_now());
  result.settled = std::move(next);
  co_return result;
}

}  // namespace gmail_mcp::accounts
