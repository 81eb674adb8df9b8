#pragma once

#include <list>
#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "net/tls.h"
#include "sandbox/app_passwords.h"
#include "sandbox/counters.h"
#include "sandbox/faults.h"
#include "sandbox/grants.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// The parts of the simulated Google that the mail servers need; outlives them.
struct MailHouse {
  World& world;
  Grants& grants;
  AppPasswords& app_passwords;
  Faults& faults;
  Counters& counters;
  Clock& clock;
  /// For STARTTLS, which is then required; nullptr: not offered.
  std::shared_ptr<const net::TlsContext> starttls;
};

}  // namespace gmail_mcp::sandbox
