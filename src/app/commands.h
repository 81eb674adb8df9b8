#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "setup/load.h"
#include "surface/cli.h"

namespace gmail_mcp::app {

/// The verbs of the command line that end by themselves. Results on stdout, everything else on
/// stderr. Each returns the exit status: 0 good, 1 a failure that was reported.
int call_tool(const surface::CallTool& verb, setup::Loaded loaded, Clock& clock, Log& log);
int connect_account(const surface::ConnectAccount& verb, setup::Loaded loaded, Clock& clock,
                    Log& log);
int list_connections(const surface::ListConnections& verb, setup::Loaded loaded, Clock& clock,
                     Log& log);
int test_connection(const surface::TestConnection& verb, setup::Loaded loaded, Clock& clock,
                    Log& log);
int revoke_connection(const surface::RevokeConnection& verb, setup::Loaded loaded, Clock& clock,
                      Log& log);
int migrate(const surface::Migrate& verb, const setup::Loaded& loaded, Clock& clock, Log& log);
int write_config(const surface::WriteConfig& verb);
int make_key();

/// One error on stderr, as every verb reports it. Returns 1.
int report(const Error& error);

}  // namespace gmail_mcp::app
