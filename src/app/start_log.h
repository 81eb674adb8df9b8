#pragma once

#include <memory>
#include <string>

#include "base/error.h"
#include "base/log.h"
#include "setup/load.h"

namespace gmail_mcp::app {

/// The log of a process. Over HTTP the log is what stdout is for; everywhere else stdout belongs to
/// the result. `quiet`: warnings and errors only.
std::unique_ptr<Log> open_log(const setup::LogSettings& settings, bool to_stdout, bool quiet);

/// How the log was asked for, as far as flags and environment say: for who cannot read settings.
setup::LogSettings log_settings_of(const setup::Sources& sources);

/// A start of `serve` that fails: one line where the log would be, as its lines would be.
void log_fatal(const Error& error, const setup::Sources& sources, bool to_stdout);

/// A command line that cannot be read, in the words of its parser. `serve` logs it, unless its log
/// is for people; everything else says it on stderr. Returns 2.
int refuse_command_line(int argc, char** argv, const std::string& complaint);

}  // namespace gmail_mcp::app
