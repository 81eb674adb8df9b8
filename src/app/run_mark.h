#pragma once

#include <string>
#include <vector>

#include "base/clock.h"

namespace gmail_mcp::app {

/// How a start knows that an earlier run over the same database ended without closing: killed, or
/// crashed, or the power failed. Each run that serves has a line in a small file beside the
/// database (`<database>-runs`), and a lock on it that the kernel takes away however the process
/// ends. A line that nobody holds any more was left behind. So of several processes on one database
/// each says its own, and one that still runs is never called dead. A database in memory has none.
class RunMark {
 public:
  explicit RunMark(const std::string& database);
  /// Takes the line out: an end that gets here is a closing one.
  ~RunMark();
  RunMark(const RunMark&) = delete;
  RunMark& operator=(const RunMark&) = delete;

  struct Lost {
    std::string begun_at;
    std::string transport;
    std::string process;
  };
  /// The runs that ended without closing. Each is told once, to whoever asks first.
  std::vector<Lost> take_lost();

  /// From here on this process is one that runs. Nothing happens where no file can be written.
  void begin(const std::string& transport, Timestamp now);

 private:
  std::string path_;
  int file_ = -1;
  int line_ = -1;  // ours
};

}  // namespace gmail_mcp::app
