#pragma once

#include <vector>

#include "operation/resource.h"

/// Every resource, in the order of resources/list: one line here, one file beside it.
#define GMAIL_MCP_RESOURCES(X) \
  X(config_status)             \
  X(config_schema)             \
  X(users_list)                \
  X(user_connections)          \
  X(gmail_labels)              \
  X(gmail_profile)             \
  X(docs_setup)                \
  X(docs_google_oauth)         \
  X(docs_troubleshooting)      \
  X(conversations)             \
  X(contacts)                  \
  X(messages)

namespace gmail_mcp::resources {

#define X(name)                   \
  namespace name {                \
  operation::Resource resource(); \
  }
GMAIL_MCP_RESOURCES(X)
#undef X

std::vector<operation::Resource> catalog();

inline constexpr std::int64_t most_listed =
    100;  // of the local archive; the tools go on from there

}  // namespace gmail_mcp::resources
