#include "prompts/catalog.h"

namespace gmail_mcp::prompts {

std::vector<operation::Prompt> catalog() {
  std::vector<operation::Prompt> all;
#define X(name) all.push_back(name::prompt());
  GMAIL_MCP_PROMPTS(X)
#undef X
  return all;
}

}  // namespace gmail_mcp::prompts
