#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/log.h"

namespace gmail_mcp {

/// Runs a function when the present turn of a loop is over. Called from any thread.
using AtEndOfTurn = std::function<void(std::function<void()>)>;

/// A log that can write several lines at once.
class GatheringLog : public Log {
 public:
  /// Lines below warning wait for the end of the turn in which they were logged; with none, and
  /// before, every line is written at once.
  virtual void gather(AtEndOfTurn at_end_of_turn) = 0;
};

/// A log to a descriptor that outlives it and is not closed by it; what `Log::open` opens, too.
std::unique_ptr<Log> open_log(Log::Format format, LogLevel level, int descriptor);

/// While it lives, `log` gathers, if it can: a system call costs as much as several lines. Warnings
/// and errors, with all before them, are written at once. Neither the log nor what `at_end_of_turn`
/// refers to may end before it does.
class LogTurns {
 public:
  LogTurns(Log& log, AtEndOfTurn at_end_of_turn) : log_{dynamic_cast<GatheringLog*>(&log)} {
    if (log_ != nullptr) log_->gather(std::move(at_end_of_turn));
  }
  ~LogTurns() {
    if (log_ != nullptr) log_->gather({});
  }
  LogTurns(const LogTurns&) = delete;
  LogTurns& operator=(const LogTurns&) = delete;

 private:
  GatheringLog* log_;
};

}  // namespace gmail_mcp
