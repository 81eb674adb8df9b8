#pragma once

#include <memory>

#include "base/clock.h"
#include "store/store.h"

namespace gmail_mcp::store {

/// The same store, remembering for two seconds what every call asks: one connection, the
/// connections of a user, one user. Callers that ask the same together share one question. What
/// this process changes is seen at once, what other processes change within the two seconds.
/// Credentials, flows and sends are never remembered. `clock` outlives the store.
std::unique_ptr<Store> cache(std::unique_ptr<Store> store, const Clock& clock);

}  // namespace gmail_mcp::store
