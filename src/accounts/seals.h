#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/task.h"
#include "crypto/fernet.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// How many connections each of our keys opens.
struct Seals {
  std::vector<std::int64_t> by_key;  // one number for each key, in the order of the settings
  std::int64_t by_none = 0;          // connections with a secret that no key opens

  std::int64_t all() const;
  bool nothing_opens() const { return by_none > 0 && by_none == all(); }
  /// A sentence with the remedy when something cannot be opened; otherwise empty.
  std::string complaint() const;

  void add(const crypto::KeyRing& keys, const store::Ciphertexts& of_one);
};

/// Counts all connections, a portion at a time.
Task<Seals> count_all_seals(store::Store& store, const crypto::KeyRing& keys);
/// Looks at no more than `limit` connections, the newest ones.
Task<Seals> count_seals(store::Store& store, const crypto::KeyRing& keys, std::int64_t limit);

}  // namespace gmail_mcp::accounts
