#pragma once

#include <vector>

#include "operation/prompt.h"

/// Every prompt, in the order of prompts/list: one line here, one file beside it.
#define GMAIL_MCP_PROMPTS(X) \
  X(setup_gmail)             \
  X(connect_test_account)    \
  X(diagnose_connection)     \
  X(generate_oauth_ui)       \
  X(build_email_agent)

namespace gmail_mcp::prompts {

#define X(name)               \
  namespace name {            \
  operation::Prompt prompt(); \
  }
GMAIL_MCP_PROMPTS(X)
#undef X

std::vector<operation::Prompt> catalog();

}  // namespace gmail_mcp::prompts
