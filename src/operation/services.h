#pragma once

#include <variant>

#include "base/clock.h"
#include "base/error.h"
#include "base/fair_share.h"
#include "base/log.h"
#include "operation/policy.h"
#include "operation/setup.h"
#include "operation/tally.h"
#include "operation/throttle.h"

namespace gmail_mcp {
class WorkPool;
}
namespace gmail_mcp::store {
class Store;
}
namespace gmail_mcp::accounts {
class UserTokens;
}

namespace gmail_mcp::operation {

class Accounts;
class Approvals;
class History;
class Mail;

/// Something of the set-up is missing: the answer to every operation outside the toolset `setup`.
struct Unready {
  Error missing;
};

/// The parts of a complete set-up; each depends only on those above it. Borrowed.
struct House {
  store::Store& store;
  Approvals& approvals;
  Mail& mail;
  History& history;
  Accounts& accounts;
  accounts::UserTokens& user_tokens;
};

/// Everything that the staircase needs; every door has it. Made once by the app, which owns what is
/// borrowed here.
struct Services {
  Clock& clock;
  Log& log;
  Setup& setup;
  Throttle& throttle;
  Tally& tally;
  FairShare& answers;  // counts the bytes of large answers, by user
  std::variant<Unready, House> state;
  Policy policy = {};
  WorkPool* work_pool = nullptr;  // for work on more than 256 KiB; null: the loop does it

  /// Null while something is missing.
  const House* house() const { return std::get_if<House>(&state); }
};

}  // namespace gmail_mcp::operation
