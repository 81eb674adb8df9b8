#pragma once

#include <string>
#include <vector>

#include "crypto/fernet.h"
#include "mcp/session_memory.h"
#include "mcp/streamable_http.h"
#include "operation/news.h"
#include "store/mcp_sessions.h"

namespace gmail_mcp::app {

/// Sessions of MCP clients in the database, for all processes on it. Borrows the store.
class StoredSessions final : public mcp::SessionMemory {
 public:
  StoredSessions(store::McpSessions& store, const crypto::KeyRing& keys)
      : store_{store}, keys_{keys.fingerprints()} {}

  Task<std::optional<mcp::RememberedSession>> load(std::string name) override;
  Task<void> keep(mcp::SessionChange change) override;
  Task<void> end(mcp::SessionChange session) override;

 private:
  store::McpSessionChange row_of(mcp::SessionChange change) const;

  store::McpSessions& store_;
  std::vector<std::string> keys_;  // their fingerprints, in the order of the ring
};

/// The sessions of `http`, which outlives this, hear what other processes do with them.
operation::News::Listener sessions_of(mcp::StreamableHttp& http);

}  // namespace gmail_mcp::app
