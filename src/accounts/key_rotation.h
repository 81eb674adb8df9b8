#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/task.h"
#include "crypto/fernet.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// What has become of everything that was sealed.
struct KeyRotation {
  std::int64_t seen = 0;       // connections and pending sign-ins
  std::int64_t resealed = 0;   // now under the first key of the ring
  std::int64_t unopened = 0;   // something in it opens with no key: left as it is
  std::int64_t overtaken = 0;  // changed meanwhile by somebody else, whose change stays
};

/// Seals anew, with the first key of the ring, whatever an older key of it has sealed: the
/// credentials of connections, also of ended ones, and the sign-ins under way. Servers may go on
/// meanwhile. It is done a portion at a time, and what is done stays: after an interruption the
/// next call does the rest. `tell` is called after each portion.
Task<KeyRotation> rotate_keys(store::Store& store, const crypto::KeyRing& keys,
                              std::function<void(const KeyRotation&)> tell);

}  // namespace gmail_mcp::accounts
