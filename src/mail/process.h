#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mail {

/// Names this process among all that ever run: boot id, pid, start time.
std::string this_process();

/// False only when `process` certainly no longer runs: same boot, and no process of that pid with
/// that start time. Being wrong does no harm: a send that looks abandoned is looked for, never
/// repeated.
bool may_be_running(std::string_view process);

}  // namespace gmail_mcp::mail
