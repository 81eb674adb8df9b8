#pragma once

#include <array>

namespace gmail_mcp::surface {

/// A plain REST route that is a tool under another name.
struct ToolRoute {
  const char* method;
  const char* path;  // {id} is the tool's account_id
  const char* tool;
};

/// The endpoints of gmail-mcp-multiuser: the same operations with the same JSON.
constexpr std::array<ToolRoute, 4> account_routes() {
  return {{{"POST", "/accounts", "add_gmail_account"},
           {"GET", "/accounts", "list_gmail_accounts"},
           {"DELETE", "/accounts/{id}", "remove_gmail_account"},
           {"POST", "/accounts/{id}/fetch", "fetch_inbox"}}};
}

}  // namespace gmail_mcp::surface
