#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "model/user.h"

namespace gmail_mcp::store {

/// What is to be kept of a session of an MCP client from now on.
struct McpSessionChange {
  std::string name;                             // a UUID
  std::string owner;                            // in whose share it counts; kept as a digest
  std::optional<model::ExternalUserId> person;  // whose credential the owner has, if one person's
  std::string sealed_with;                      // the fingerprint of a key
  std::optional<std::string> log_level;         // nullopt: as it was
  std::vector<std::string> watched;             // URIs, from now on
  std::vector<std::string> unwatched;
};

struct McpSessionRow {
  bool ended = false;
  Timestamp used;
  std::optional<std::string> log_level;
  std::vector<std::string> watched;
};

/// What outlives a process of the sessions of MCP clients: subscriptions, log level, last use, and
/// which have ended. Each change is news for the other processes. The sessions of a person who is
/// erased end, and nothing is left by which they could be found.
class McpSessions {
 public:
  virtual ~McpSessions() = default;

  virtual Task<std::optional<McpSessionRow>> find(std::string name) = 0;
  /// Does nothing to one that has ended. Of one owner, only the sessions used last are kept.
  virtual Task<void> keep(McpSessionChange change) = 0;
  virtual Task<void> end(McpSessionChange session) = 0;

  /// How many sessions that have not ended were sealed with each key, by its fingerprint.
  virtual Task<std::map<std::string, std::int64_t>> counts_by_key() = 0;
  /// Removes those that were not used since.
  virtual Task<void> purge(Timestamp unused_since) = 0;

  static constexpr std::int64_t most_of_one = 20'000;
  static constexpr std::int64_t most_watched = 256;  // in one session
};

}  // namespace gmail_mcp::store
