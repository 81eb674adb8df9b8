#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"

namespace gmail_mcp::app {

/// Lets a start know that an earlier run on the same database ended without closing: it was killed,
/// crashed, or the power failed. Each serving run has a line in a small file beside the database
/// (`<database>-runs`), and a lock on that line, which the kernel releases however the process
/// ends. A line without a lock was left behind. So several processes on one database each have
/// their own line, and a running one is never taken for dead. A database that is no file of this
/// machine has no such file.
class RunMark {
 public:
  explicit RunMark(const std::optional<std::string>& database);
  /// Removes the line: a run that gets here has closed.
  ~RunMark();
  RunMark(const RunMark&) = delete;
  RunMark& operator=(const RunMark&) = delete;

  struct Lost {
    std::string begun_at;
    std::string transport;
    std::string process;
  };
  /// The runs that ended without closing. Each is returned once, to the first caller.
  std::vector<Lost> take_lost();

  /// Marks this process as running. Does nothing if the file cannot be written.
  void begin(const std::string& transport, Timestamp now);

 private:
  std::string path_;
  int file_ = -1;
  int line_ = -1;  // ours
};

}  // namespace gmail_mcp::app
