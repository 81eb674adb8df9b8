#pragma once

#include "store/archive.h"
#include "store/audit.h"
#include "store/connections.h"
#include "store/flows.h"
#include "store/leases.h"
#include "store/sends.h"
#include "store/users.h"

namespace gmail_mcp::store {

/// Everything that is remembered: one small interface per kind of thing. Each verb is atomic alone,
/// sees ciphertext only and may be called from any loop. One implementation: `sql/`, over SQLite;
/// it passes tests/contract/store_test.cpp.
class Store {
 public:
  virtual ~Store() = default;

  virtual Users& users() = 0;
  virtual Connections& connections() = 0;
  virtual Flows& flows() = 0;
  virtual Sends& sends() = 0;
  virtual Leases& leases() = 0;
  virtual Audit& audit() = 0;
  virtual Archive& archive() = 0;

  /// Writes a little, and throws where that fails or would not last.
  virtual Task<void> check() = 0;
  /// Writes what is buffered (audit rows, last_used_at). Call before closing.
  virtual Task<void> flush() = 0;
};

}  // namespace gmail_mcp::store
