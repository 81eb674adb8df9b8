#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/log.h"

namespace gmail_mcp {

/// Runs a function at the end of the current turn of a loop. May be called from any thread.
using AtEndOfTurn = std::function<void(std::function<void()>)>;

/// A log that can write several lines at once.
class GatheringLog : public Log {
 public:
  /// From now on lines below warning wait for the end of the turn in which they were logged. With
  /// an empty function every line is written at once.
  virtual void gather(AtEndOfTurn at_end_of_turn) = 0;
};

/// A log to a descriptor that outlives it and that it does not close; `Log::open` uses it too.
std::unique_ptr<Log> open_log(Log::Format format, LogLevel level, int descriptor);

/// While this object lives, `log` gathers lines if it can, because a system call costs as much as
/// several lines. Warnings and errors, and all lines before them, are written at once. The log and
/// what `at_end_of_turn` refers to must outlive it.
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
