#include "resources/catalog.h"

namespace gmail_mcp::resources {

std::vector<operation::Resource> catalog() {
  std::vector<operation::Resource> all;
#define X(name) all.push_back(name::resource());
  GMAIL_MCP_RESOURCES(X)
#undef X
  return all;
}

}  // namespace gmail_mcp::resources
