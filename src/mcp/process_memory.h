#pragma once

#include <string>

#include "base/clock.h"
#include "base/share_table.h"
#include "mcp/session_memory.h"

namespace gmail_mcp::mcp {

/// Remembers sessions for as long as it lives, at most so many: of whoever has most of them, the
/// one used longest ago makes room. One thread.
class ProcessMemory final : public SessionMemory {
 public:
  ProcessMemory(const Clock& clock, std::size_t most) : clock_{clock}, sessions_{{most, most}} {}

  Task<std::optional<RememberedSession>> load(std::string name) override;
  Task<void> keep(SessionChange change) override;
  Task<void> end(SessionChange session) override;

 private:
  RememberedSession& entry(const SessionChange& change);

  const Clock& clock_;
  ShareTable<RememberedSession> sessions_;  // by name
};

}  // namespace gmail_mcp::mcp
