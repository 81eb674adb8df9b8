#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "sandbox/sandbox.h"
#include "setup/load.h"

namespace gmail_mcp::app {

/// `serve --sandbox`: starts a simulated Google on a free loopback port and points `loaded` at it,
/// with a database and a key of its own. Throws misconfigured rather than mix: a database is either
/// of the sandbox (the key file beside it says so) or real.
std::unique_ptr<sandbox::Sandbox> enter_sandbox(boost::asio::io_context& loop,
                                                setup::Loaded& loaded, Clock& clock, Log& log);

/// Where that database is.
std::string sandbox_database(const setup::Settings& settings);

/// For every other start: refuses a database that belongs to the sandbox.
void refuse_sandbox_database(const setup::Settings& settings);

}  // namespace gmail_mcp::app
