#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "accounts/app_passwords.h"
#include "accounts/connect.h"
#include "accounts/flow_receipts.h"
#include "accounts/sign_ins.h"
#include "accounts/token_vault.h"
#include "base/clock.h"
#include "base/fair_share.h"
#include "base/log.h"
#include "base/task.h"
#include "mail/archive.h"
#include "mail/conditions.h"
#include "mail/outbox.h"
#include "mail/pool.h"
#include "operation/policy.h"
#include "operation/tally.h"
#include "operation/throttle.h"
#include "setup/new_config.h"
#include "setup/report.h"
#include "store/store.h"

namespace gmail_mcp::operation {

using SetupReport = setup::Report;

/// Sign-ins that are being finished on our pages just now, and how the last one ended: for who
/// waits for one.
struct PageVisits {
  std::size_t running = 0;
  std::optional<model::FlowEnd> last;
};

/// What the staircase leads down to. Made once by the app; borrowed by everything above. The
/// pointers are null when the set-up is incomplete: `incomplete` then holds what is missing, and
/// every operation outside the setup toolset answers with it.
struct Services {
  Clock& clock;
  Log& log;
  store::Store* store = nullptr;
  accounts::TokenVault* vault = nullptr;
  accounts::SignIns* sign_ins = nullptr;
  accounts::Connect* connect = nullptr;  // null without a Google client
  accounts::FlowReceipts* receipts = nullptr;
  accounts::AppPasswords* passwords = nullptr;  // null when App Passwords are not offered
  mail::Pool* pool = nullptr;
  mail::Outbox* outbox = nullptr;
  mail::Archive* archive = nullptr;
  mail::Conditions* conditions = nullptr;
  WorkPool* work_pool = nullptr;  // for work on more than 256 KiB; null: the loop does it
  Policy policy;
  std::optional<Error> incomplete;
  Throttle* throttle = nullptr;  // null: no limits
  Tally* tally = nullptr;        // null: nobody counts
  FairShare* answers = nullptr;  // of the bytes of large answers, by user; null: no limit
  PageVisits* visits = nullptr;  // null: nobody waits
  std::function<Task<setup::Report>()> report;
  /// All connections, by kind and state: for the operator's numbers.
  std::function<Task<std::vector<store::ConnectionCount>>()> count_connections;
  // Of the operator, who alone may call them.
  std::function<Task<setup::Trial>(bool verbose)> try_setup;
  std::function<Task<setup::Migrations>()> migrate;
  std::function<setup::WrittenConfig(const setup::NewConfig&)> write_config;
  /// Called when a flow begins: over stdio somebody must listen for its callback.
  std::function<void()> flow_started;
  /// A connection is there anew (added, or its credential replaced): whoever follows mailboxes
  /// begins. One was disconnected: returns when nothing follows it any more. And of one everything
  /// is to be erased: the same, and its archive is gone.
  std::function<void(const model::Connection&)> account_added;
  std::function<Task<void>(model::Connection)> account_disconnected;
  std::function<Task<void>(model::Connection)> account_leaving;
};

}  // namespace gmail_mcp::operation
