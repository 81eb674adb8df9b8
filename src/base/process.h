#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp {

/// A name that no other process ever has: boot id, pid, start time, and the namespace of the pid
/// (containers of one host have one boot and each their own process 1).
std::string this_process();

/// False only when `process` certainly no longer runs: same boot, same pid namespace, and no
/// process with that pid and start time. Text behind a '/' is ignored.
bool may_be_running(std::string_view process);

}  // namespace gmail_mcp
