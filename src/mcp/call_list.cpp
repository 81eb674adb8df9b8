#include "mcp/call_list.h"

#include <algorithm>

namespace gmail_mcp::mcp {

void CallList::add(const std::string& request_id, SideTask& task) {
  entries_.push_back({request_id, &task});
}

void CallList::remove(const SideTask& task) {
  std::erase_if(entries_, [&](const Entry& entry) { return entry.task == &task; });
}

void CallList::cancel(const std::string& request_id) { cancel_those(&request_id); }
void CallList::cancel_all() { cancel_those(nullptr); }

void CallList::cancel_those(const std::string* request_id) {
  const auto is_meant = [&](const Entry& entry) {
    return (request_id == nullptr || entry.request_id == *request_id) &&
           !entry.task->is_cancelled() && !entry.task->is_over();
  };
  // A cancelled call may run on, and leave the list, before cancel returns.
  for (;;) {
    const auto found = std::ranges::find_if(entries_, is_meant);
    if (found == entries_.end()) return;
    found->task->cancel();
  }
}

}  // namespace gmail_mcp::mcp
