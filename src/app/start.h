#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

#include "app/command_line.h"
#include "app/program.h"
#include "app/sandbox_mode.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "setup/load.h"

namespace gmail_mcp::app {

/// The log of a process. Over HTTP the log is what stdout is for; everywhere else stdout belongs to
/// the result. `quiet`: warnings and errors only.
std::unique_ptr<Log> open_log(const setup::LogSettings& settings, bool to_stdout, bool quiet);

/// A verb that failed: `serve` says so in one line where its log would be, as its lines would be,
/// and everything else on stderr. Returns 1.
int fail(const CommandLine& line, const Error& error);

/// What most verbs begin with: the settings, read and checked, and a log of warnings on stderr.
/// Throws misconfigured.
struct Start {
  explicit Start(const Words& words);

  setup::Loaded loaded;
  SystemClock clock;
  std::unique_ptr<Log> log;
};

template <class T>
Task<T> open_program(Program& program, Task<T> work) {
  co_await program.open();
  auto result = co_await std::move(work);
  co_await program.close(std::chrono::seconds{10});
  co_return result;
}

/// Opens the program, awaits what `work(program)` returned before that, closes it. Throws what
/// prevents that; never in the database of the sandbox. The settings are moved into it.
template <class Work>
auto in_program(Start& start, const Work& work) {
  refuse_sandbox_database(start.loaded.settings);
  boost::asio::io_context loop{1};
  Program program{loop, std::move(start.loaded), start.clock, *start.log};
  return run_to_end(loop, open_program(program, work(program)));
}

/// A command line that cannot be read, in the words of its parser. `serve` logs it, unless its log
/// is for people; everything else says it on stderr. Returns 2.
int refuse_command_line(int argc, char** argv, const std::string& complaint);

}  // namespace gmail_mcp::app
