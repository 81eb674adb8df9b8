#pragma once

#include "operation/operation.h"

namespace gmail_mcp::operation {

/// What applications and operators do with persons' tokens, over REST and at the command line. No
/// tools: an agent that reads strangers' mail gives out no credentials. Each refuses callers with a
/// person's credential, and keeps an application that acts for one user to that user.
struct TokenOperations {
  Operation create;  // answers with the token, which is shown this once
  Operation list;
  Operation revoke;
};
const TokenOperations& token_operations();

}  // namespace gmail_mcp::operation
