#pragma once

#include "sql/migrate.h"
#include "store/archive.h"
#include "store/audit.h"
#include "store/connections.h"
#include "store/flows.h"
#include "store/leases.h"
#include "store/sends.h"
#include "store/users.h"

namespace gmail_mcp::store {

/// Everything that is remembered: one small interface per kind of thing. Each verb is atomic alone
/// and sees ciphertext only. A Task may be awaited on any loop; what is only noted (audit rows,
/// times of last use) belongs to one. Every implementation passes tests/contract/store_*_test.cpp.
class Store {
 public:
  virtual ~Store() = default;

  virtual Users& users() = 0;
  virtual Connections& connections() = 0;
  virtual Flows& flows() = 0;
  virtual Sends& sends() = 0;
  virtual Leases& leases() = 0;
  virtual Audit& audit() = 0;
  virtual Archives& archive() = 0;

  /// Writes a little, and throws when that fails or would not be durable.
  virtual Task<void> check() = 0;
  /// Writes what was only noted so far (audit rows, times of last use, how mailboxes do).
  virtual Task<void> flush() = 0;

  /// Brings the schema up to date. The steps that were taken now are the pending ones.
  virtual Task<sql::MigrationPlan> migrate() = 0;
  /// Writes the whole database anew, so that nothing is left of what was erased. Nobody else writes
  /// meanwhile, some seconds a gigabyte.
  virtual Task<void> compact() = 0;
};

/// Flushes the store once a second, until it is cancelled: for whoever has it open for long. What
/// the database refuses is told in the log. The store and the clock outlive it.
Task<void> keep_written(Store& store, Clock& clock);

}  // namespace gmail_mcp::store
