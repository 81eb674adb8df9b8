#include "accounts/key_rotation.h"

#include <optional>
#include <utility>
#include <vector>

#include "model/access.h"

namespace gmail_mcp::accounts {

namespace {

// Small, because other changes wait for a portion.
constexpr std::int64_t portion = 200;

enum class Renewal { not_needed, done, impossible };

// Puts the secret under the first key of the ring.
Renewal renew(const crypto::KeyRing& keys, std::string& sealed) {
  if (sealed.empty()) return Renewal::not_needed;
  const auto opener = keys.opener_of(sealed);
  if (!opener) return Renewal::impossible;
  if (*opener == 0) return Renewal::not_needed;
  sealed = keys.encrypt(keys.decrypt(sealed).value());
  return Renewal::done;
}

struct RenewedOne {
  bool is_changed = false;
  bool is_unopened = false;

  void add(Renewal renewal) {
    is_changed |= renewal == Renewal::done;
    is_unopened |= renewal == Renewal::impossible;
  }
};

RenewedOne renew(const crypto::KeyRing& keys, store::Ciphertexts& all) {
  RenewedOne one;
  one.add(renew(keys, all.access_token));
  one.add(renew(keys, all.refresh_token));
  one.add(renew(keys, all.app_password));
  return one;
}

Task<void> rotate_connections(store::Store& store, const crypto::KeyRing& keys,
                              std::function<void(const KeyRotation&)> tell, KeyRotation& done) {
  const auto access = model::Access::system("keys rotate");
  std::optional<model::ConnectionId> last;
  while (true) {
    const auto found = co_await store.connections().sealed_after(access, last, portion);
    if (found.empty()) co_return;
    last = found.back().id;
    std::vector<store::Resealed> changes;
    for (const auto& one : found) {
      ++done.seen;
      auto anew = one.ciphertexts;
      const auto renewed = renew(keys, anew);
      if (renewed.is_unopened) ++done.unopened;
      if (renewed.is_changed) changes.push_back({one.id, one.ciphertexts, std::move(anew)});
    }
    if (!changes.empty()) {
      const auto wanted = static_cast<std::int64_t>(changes.size());
      const auto replaced = co_await store.connections().reseal(access, std::move(changes));
      done.resealed += replaced;
      done.overtaken += wanted - replaced;
    }
    tell(done);
  }
}

Task<void> rotate_flows(store::Store& store, const crypto::KeyRing& keys,
                        std::function<void(const KeyRotation&)> tell, KeyRotation& done) {
  const auto access = model::Access::system("keys rotate");
  std::string last;
  while (true) {
    const auto found = co_await store.flows().sealed_after(access, last, portion);
    if (found.empty()) co_return;
    last = found.back().state_hash;
    for (const auto& one : found) {
      ++done.seen;
      auto anew = one.code_verifier_encrypted;
      const auto renewal = renew(keys, anew);
      if (renewal == Renewal::impossible) ++done.unopened;
      if (renewal != Renewal::done) continue;
      const bool replaced = co_await store.flows().reseal(access, one, std::move(anew));
      ++(replaced ? done.resealed : done.overtaken);
    }
    tell(done);
  }
}

}  // namespace

Task<KeyRotation> rotate_keys(store::Store& store, const crypto::KeyRing& keys,
                              std::function<void(const KeyRotation&)> tell) {
  KeyRotation done;
  co_await rotate_connections(store, keys, tell, done);
  co_await rotate_flows(store, keys, tell, done);
  co_return done;
}

}  // namespace gmail_mcp::accounts
