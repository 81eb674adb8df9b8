#pragma once

#include <list>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "mcp/session_memory.h"

namespace gmail_mcp::mcp {

/// Remembers sessions for as long as it lives, the newest `most`. One thread.
class ProcessMemory final : public SessionMemory {
 public:
  ProcessMemory(const Clock& clock, std::size_t most) : clock_{clock}, most_{most} {}

  Task<std::optional<RememberedSession>> load(std::string name) override;
  Task<void> keep(SessionChange change) override;
  Task<void> end(SessionChange session) override;

 private:
  struct Entry {
    std::string name;
    RememberedSession session;
  };
  RememberedSession& entry(const std::string& name);

  const Clock& clock_;
  std::size_t most_;
  std::list<Entry> order_;  // the one used longest ago first
  std::unordered_map<std::string, std::list<Entry>::iterator> by_name_;
};

}  // namespace gmail_mcp::mcp
