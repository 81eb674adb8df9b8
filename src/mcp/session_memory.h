#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "mcp/server.h"

namespace gmail_mcp::mcp {

/// What is remembered of a session beside its id, which says the rest.
struct RememberedSession {
  bool ended = false;
  Timestamp used;                         // within a day of its last use
  std::optional<std::string> log_level;   // as logging/setLevel names it
  std::vector<std::string> watched = {};  // URIs
};

/// What has changed of a session. Without any change it says that the session is in use.
struct SessionChange {
  std::string name;        // a UUID, from the sealed id
  PrincipalPtr principal;  // its owner
  std::size_t key = 0;     // which key of the ring its id was sealed with, counted from 0
  std::optional<std::string> log_level = {};  // nullopt: as it was
  std::vector<std::string> watched = {};      // watched from now on
  std::vector<std::string> unwatched = {};    // no longer
};

/// Keeps of sessions what must outlive the process or be known to other ones. All verbs may throw
/// unavailable. One loop.
///
/// Where several processes serve the same sessions, whoever implements this tells them of each
/// change (StreamableHttp::changed_elsewhere and its neighbours).
class SessionMemory {
 public:
  virtual ~SessionMemory() = default;

  /// nullopt: nothing was ever remembered of it, or that is as old as no valid id is.
  virtual Task<std::optional<RememberedSession>> load(std::string name) = 0;
  /// Creates what is missing. Does nothing to a session that has ended. Counts as use.
  virtual Task<void> keep(SessionChange change) = 0;
  /// For as long as an id can be valid.
  virtual Task<void> end(SessionChange session) = 0;
};

}  // namespace gmail_mcp::mcp
