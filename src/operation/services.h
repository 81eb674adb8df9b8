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

namespace gmail_mcp::operation {

class Accounts;
class History;
class Mail;

/// Something of the set-up is missing: the answer to every operation outside the toolset `setup`.
struct Unready {
  Error missing;
};

/// What a complete set-up holds; each depends on those above it alone. Borrowed.
struct House {
  store::Store& store;
  Mail& mail;
  History& history;
  Accounts& accounts;
};

/// What the staircase leads down to, as every door holds it. Made once by the app, which owns what
/// is borrowed here.
struct Services {
  Clock& clock;
  Log& log;
  Setup& setup;
  Throttle& throttle;
  Tally& tally;
  FairShare& answers;  // of the bytes of large answers, by user
  std::variant<Unready, House> state;
  Policy policy = {};
  WorkPool* work_pool = nullptr;  // for work on more than 256 KiB; null: the loop does it

  /// Null while something is missing.
  const House* house() const { return std::get_if<House>(&state); }
};

}  // namespace gmail_mcp::operation
