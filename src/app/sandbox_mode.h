#pragma once

#include <memory>
#include <string>

#include "app/sandbox_program.h"
#include "base/log.h"
#include "setup/load.h"

namespace gmail_mcp::app {

/// `serve --sandbox`: starts a simulated Google beside us and points `loaded` at it, with a
/// database and a key of its own. Throws misconfigured rather than mix: a database is either of the
/// sandbox (the key file beside it says so) or real. `log_descriptor`: where its log lines go.
std::unique_ptr<SandboxProgram> enter_sandbox(setup::Loaded& loaded, int log_descriptor, Log& log);

/// Where that database is.
std::string sandbox_database(const setup::Loaded& loaded);

/// For every other start: refuses a database that belongs to the sandbox.
void refuse_sandbox_database(const setup::Settings& settings);

}  // namespace gmail_mcp::app
