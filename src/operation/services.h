#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "accounts/connect.h"
#include "accounts/token_vault.h"
#include "base/clock.h"
#include "base/log.h"
#include "mail/outbox.h"
#include "mail/pool.h"
#include "operation/policy.h"
#include "operation/tally.h"
#include "operation/throttle.h"
#include "setup/report.h"
#include "store/store.h"

namespace gmail_mcp::operation {

using SetupReport = setup::Report;

/// What the staircase leads down to. Made once by the app; borrowed by everything above. The
/// pointers are null when the set-up is incomplete: `incomplete` then holds what is missing, and
/// every operation outside the setup toolset answers with it.
struct Services {
  Clock& clock;
  Log& log;
  store::Store* store = nullptr;
  accounts::TokenVault* vault = nullptr;
  accounts::Connect* connect = nullptr;  // null without a Google client
  mail::Pool* pool = nullptr;
  mail::Outbox* outbox = nullptr;
  Policy policy;
  std::optional<Error> incomplete;
  Throttle* throttle = nullptr;  // null: no limits
  Tally* tally = nullptr;  // null: nobody counts
  std::function<Task<setup::Report>()> report;
  /// Called when a flow begins: over stdio somebody must listen for its callback.
  std::function<void()> flow_started;
};

}  // namespace gmail_mcp::operation
