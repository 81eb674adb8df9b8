#pragma once

#include "sql/migrate.h"
#include "store/archive.h"
#include "store/audit.h"
#include "store/client_grants.h"
#include "store/connections.h"
#include "store/dump.h"
#include "store/flows.h"
#include "store/held_sends.h"
#include "store/leases.h"
#include "store/mcp_sessions.h"
#include "store/news.h"
#include "store/sends.h"
#include "store/spending.h"
#include "store/tries.h"
#include "store/user_tokens.h"
#include "store/users.h"

namespace gmail_mcp::store {

/// Everything that is stored: one small interface for each kind of thing. Each verb is atomic on
/// its own and sees only ciphertext. A Task may be awaited on any loop; what is written later
/// (audit rows, times of last use) belongs to one. Every implementation passes
/// tests/contract/store_*_test.cpp.
class Store {
 public:
  virtual ~Store() = default;

  virtual Users& users() = 0;
  virtual Connections& connections() = 0;
  virtual Flows& flows() = 0;
  virtual Sends& sends() = 0;
  virtual HeldSends& held_sends() = 0;
  virtual Leases& leases() = 0;
  virtual News& news() = 0;
  virtual ClientGrants& client_grants() = 0;
  virtual Tries& tries() = 0;
  virtual UserTokens& user_tokens() = 0;
  virtual Spending& spending() = 0;
  virtual McpSessions& mcp_sessions() = 0;
  virtual Audit& audit() = 0;
  virtual Archives& archive() = 0;
  virtual Dump& dump() = 0;

  /// Writes a little, and throws when that fails or would not be durable.
  virtual Task<void> check() = 0;
  /// Writes everything that was put off (audit rows, times of last use, states of mailboxes).
  virtual Task<void> flush() = 0;

  /// Brings the schema up to date. Returns the plan, in which `pending` are the steps taken now.
  virtual Task<sql::MigrationPlan> migrate() = 0;
  /// Rewrites the whole database, so that no remains of erased data are left. No other change is
  /// possible during that, some seconds per gigabyte.
  virtual Task<void> compact() = 0;
};

/// Flushes the store once a second, until it is cancelled: for processes that have it open for
/// long. Refusals of the database are logged. The store and the clock outlive it.
Task<void> keep_written(Store& store, Clock& clock);

}  // namespace gmail_mcp::store
