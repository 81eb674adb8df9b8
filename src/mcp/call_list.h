#pragma once

#include <string>
#include <vector>

#include "base/side_task.h"

namespace gmail_mcp::mcp {

/// The running calls of one client by request id, for `notifications/cancelled`. Ids need not be
/// unique: cancelling cancels all of that name. Borrows the tasks.
class CallList {
 public:
  void add(const std::string& request_id, SideTask& task);
  void remove(const SideTask& task);
  void cancel(const std::string& request_id);
  void cancel_all();
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::string request_id;
    SideTask* task;
  };
  void cancel_those(const std::string* request_id);  // nullptr: all

  std::vector<Entry> entries_;
};

}  // namespace gmail_mcp::mcp
