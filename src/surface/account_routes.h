#pragma once

#include <array>

#include "operation/user_tokens.h"

namespace gmail_mcp::surface {

/// A plain REST route that is a tool under another name.
struct ToolRoute {
  const char* method;
  const char* path;  // {id} is the tool's account_id
  const char* tool;
};

/// A plain REST route of an operation that is no tool.
struct TokenRoute {
  const char* method;
  const char* path;  // {id} is the argument id
  operation::Operation operation::TokenOperations::*operation;
};

constexpr std::array<TokenRoute, 3> token_routes() {
  return {{{"POST", "/tokens", &operation::TokenOperations::create},
           {"GET", "/tokens", &operation::TokenOperations::list},
           {"DELETE", "/tokens/{id}", &operation::TokenOperations::revoke}}};
}

/// The endpoints of gmail-mcp-multiuser: the same operations with the same JSON.
constexpr std::array<ToolRoute, 4> account_routes() {
  return {{{"POST", "/accounts", "add_gmail_account"},
           {"GET", "/accounts", "list_gmail_accounts"},
           {"DELETE", "/accounts/{id}", "remove_gmail_account"},
           {"POST", "/accounts/{id}/fetch", "fetch_inbox"}}};
}

}  // namespace gmail_mcp::surface
