#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp {

/// Names this process among all that ever run: boot id, pid, start time, and where the pid counts
/// (containers of one host have one boot and each their own process 1).
std::string this_process();

/// False only when `process` certainly no longer runs: same boot, same place of pids, and no
/// process of that pid with that start time. What follows a '/' is the process's own affair.
bool may_be_running(std::string_view process);

}  // namespace gmail_mcp
