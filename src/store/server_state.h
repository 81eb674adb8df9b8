#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace gmail_mcp::store {

/// What the database's server is like, as far as it matters here: each a sentence with its remedy.
struct ServerState {
  std::vector<std::string> refusals;  // nothing can be stored there as it should be
  std::vector<std::string> warnings;
  std::vector<std::string> openings;  // who else may look; a step that is pending may close it
  bool may_make_tables = true;
  std::string version;               // "PostgreSQL 15.20"; empty where there is no server
  std::optional<std::int64_t> port;  // its own, as it knows it; none if a socket leads to it
};

}  // namespace gmail_mcp::store
