#include "tools/catalog.h"

namespace gmail_mcp::tools {

std::vector<operation::Operation> catalog() {
  std::vector<operation::Operation> all;
#define X(name) all.push_back(name::tool());
  GMAIL_MCP_TOOLS(X)
#undef X
  return all;
}

}  // namespace gmail_mcp::tools
