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

/// The log of a process. Over HTTP it goes to stdout; everywhere else stdout is for the result.
/// `quiet`: warnings and errors only.
std::unique_ptr<Log> open_log(const setup::LogSettings& settings, bool to_stdout, bool quiet);

/// Reports a failed verb: `serve` writes one line where its log would be, in its format, all others
/// write to stderr. Returns 1.
int fail(const CommandLine& line, const Error& error);

/// The beginning of most verbs: reads and checks the settings, and opens a log of warnings on
/// stderr. Throws misconfigured.
struct Start {
  explicit Start(const Words& words);

  setup::Loaded loaded;
  SystemClock clock;
  std::unique_ptr<Log> log;
};

/// For operation::Approvals: no page opens for a message that a command leaves waiting.
std::string no_approval_pages();

template <class T>
Task<T> open_program(Program& program, Task<T> work) {
  const std::function<void()> nobody;
  const std::function<std::string()> serve_approvals = no_approval_pages;
  co_await program.open(nobody, serve_approvals);
  auto result = co_await std::move(work);
  co_await program.close(std::chrono::seconds{10});
  co_return result;
}

/// Calls `work(program)`, opens the program, awaits the returned task, and closes the program.
/// Throws what prevents that; never opens the sandbox's database. The settings are moved into it.
template <class Work>
auto in_program(Start& start, const Work& work) {
  refuse_sandbox_database(start.loaded.settings);
  boost::asio::io_context loop{1};
  Program program{loop, std::move(start.loaded), start.clock, *start.log};
  return run_to_end(loop, open_program(program, work(program)));
}

/// Reports a bad command line, in the words of its parser. `serve` logs it, unless its log is for
/// people; all others write it to stderr. Returns 2.
int refuse_command_line(int argc, char** argv, const std::string& complaint);

}  // namespace gmail_mcp::app
