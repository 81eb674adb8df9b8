#pragma once

#include <string>
#include <vector>

namespace gmail_mcp::store {

/// What the database's server is like, as far as it matters here: each a sentence with its remedy.
struct ServerState {
  std::vector<std::string> refusals;  // nothing can be stored there as it should be
  std::vector<std::string> warnings;
  bool may_make_tables = true;
};

}  // namespace gmail_mcp::store
