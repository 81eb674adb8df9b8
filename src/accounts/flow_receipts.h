#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "model/flow.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// What the page that tells how connecting ended is loaded by, as often as the person likes:
/// sealed, so that every process of the same key can read it and nobody can make one, and bound to
/// their browser, so that the address of the page alone shows nobody anything.
class FlowReceipts {
 public:
  FlowReceipts(store::Store& store, const crypto::KeyRing& keys, const Clock& clock)
      : store_{store}, keys_{keys}, clock_{clock} {}

  std::string seal(const model::FlowEnd& end, const std::string& browser_secret) const;

  /// How it ended, the connection as it is now. nullopt: not ours, another browser's, older than an
  /// hour, or the connection is gone.
  Task<std::optional<model::FlowEnd>> open(std::string receipt, std::string browser_secret) const;

 private:
  store::Store& store_;
  const crypto::KeyRing& keys_;
  const Clock& clock_;
};

}  // namespace gmail_mcp::accounts
