#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "model/flow.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// Opens the page about the end of a sign-in, as often as the person likes. Encrypted, so that
/// every process with the same key can read it and nobody else can make one; and bound to the
/// person's browser, so that the address of the page alone shows nothing to others.
class FlowReceipts {
 public:
  FlowReceipts(store::Store& store, const crypto::KeyRing& keys, const Clock& clock)
      : store_{store}, keys_{keys}, clock_{clock} {}

  std::string seal(const model::FlowEnd& end, const std::string& browser_secret) const;

  /// How it ended, with the connection as it is now. nullopt: not made by us, for another browser,
  /// older than an hour, or the connection is gone.
  Task<std::optional<model::FlowEnd>> open(std::string receipt, std::string browser_secret) const;

 private:
  store::Store& store_;
  const crypto::KeyRing& keys_;
  const Clock& clock_;
};

}  // namespace gmail_mcp::accounts
