#pragma once

#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "setup/load.h"

namespace gmail_mcp::app {

/// Serves MCP at /mcp, REST and the pages over HTTP until SIGTERM or SIGINT. The exit status.
int serve_http(setup::Loaded loaded, bool with_sandbox, Clock& clock, Log& log);

/// Serves MCP on stdin and stdout until end of file or a signal. `user`: act for that user only;
/// empty: the operator. The exit status.
int serve_stdio(setup::Loaded loaded, bool with_sandbox, const std::string& user, Clock& clock,
                Log& log);

}  // namespace gmail_mcp::app
