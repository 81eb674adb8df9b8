#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "setup/load.h"
#include "surface/cli.h"

namespace gmail_mcp::app {

/// `gmail-mcp import`: takes over the accounts of another program, whose file is only read. The
/// exit status: 1 when one could not be read. A key is never an argument: everybody on the machine
/// can read those.
int import_accounts(const surface::ImportAccounts& verb, setup::Loaded loaded, Clock& clock,
                    Log& log);

}  // namespace gmail_mcp::app
