#include "accounts/seals.h"

#include <fmt/format.h>

#include <numeric>
#include <optional>

#include "model/access.h"

namespace gmail_mcp::accounts {

namespace {

// The last key of the ring that is needed for one of them; nullopt: no key opens one of them.
std::optional<std::size_t> key_needed(const crypto::KeyRing& keys, const store::Ciphertexts& all) {
  std::size_t needed = 0;
  for (const auto* sealed : {&all.access_token, &all.refresh_token, &all.app_password}) {
    if (sealed->empty()) continue;
    const auto key = keys.opener_of(*sealed);
    if (!key) return std::nullopt;
    needed = std::max(needed, *key);
  }
  return needed;
}

}  // namespace

std::int64_t Seals::all() const { return std::accumulate(by_key.begin(), by_key.end(), by_none); }

std::string Seals::complaint() const {
  if (by_none == 0) return {};
  return fmt::format(
      "{} of {} stored connections open with none of the configured keys: put the key they were "
      "sealed with into GMAIL_MCP_ENCRYPTION_KEY, or into GMAIL_MCP_PREVIOUS_ENCRYPTION_KEYS if a "
      "newer one is in use. Without it these people must connect again.",
      by_none, all());
}

void Seals::add(const crypto::KeyRing& keys, const store::Ciphertexts& of_one) {
  const auto key = key_needed(keys, of_one);
  if (!key) {
    ++by_none;
    return;
  }
  if (by_key.size() <= *key) by_key.resize(*key + 1);
  ++by_key[*key];
}

Task<Seals> count_all_seals(store::Store& store, const crypto::KeyRing& keys) {
  constexpr std::int64_t at_a_time = 1000;
  const auto access = model::Access::system("counting seals");
  Seals seals;
  std::optional<model::ConnectionId> last;
  while (true) {
    const auto found = co_await store.connections().sealed_after(access, last, at_a_time);
    if (found.empty()) co_return seals;
    last = found.back().id;
    for (const auto& one : found) seals.add(keys, one.ciphertexts);
  }
}

Task<Seals> count_seals(store::Store& store, const crypto::KeyRing& keys, std::int64_t limit) {
  const auto access = model::Access::system("counting seals");
  const auto found = co_await store.connections().sealed(access, limit);
  Seals seals;
  for (const auto& one : found) seals.add(keys, one);
  co_return seals;
}

}  // namespace gmail_mcp::accounts
