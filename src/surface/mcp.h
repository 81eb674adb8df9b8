#pragma once

#include <memory>
#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

#include "accounts/scopes.h"
#include "mcp/server.h"
#include "model/caller.h"
#include "operation/catalog.h"
#include "operation/outcome.h"
#include "operation/services.h"
#include "surface/caller.h"

namespace gmail_mcp::surface {

/// The caller over MCP, as the library carries it.
struct CallerPrincipal final : mcp::Principal {
  explicit CallerPrincipal(model::Caller caller) : caller{std::move(caller)} {}
  std::string identity() const override { return caller.identity(); }
  std::string shareholder() const override { return caller.shareholder(); }

  model::Caller caller;
};

/// Our catalogue for the MCP library: operations become tools, Error becomes isError.
class McpOffer final : public mcp::Offer {
 public:
  /// `scopes`: what callers with too few can ask for; nullptr: there is nothing to ask. All are
  /// borrowed.
  McpOffer(const operation::Catalog& catalog, const operation::Services& services,
           std::string surface, const accounts::ScopeMap* scopes = nullptr);

  std::vector<mcp::ToolListing> tools(const mcp::Principal& principal) override;
  std::string list_key(const mcp::Principal& principal) override;
  Task<mcp::Round<mcp::ToolResult>> call_tool(mcp::Context& context, std::string name,
                                              mcp::json::object& arguments) override;

  std::vector<mcp::ResourceListing> resources(const mcp::Principal& principal) override;
  std::vector<mcp::ResourceListing> resource_templates(const mcp::Principal& principal) override;
  Task<mcp::Round<std::vector<mcp::ResourceContents>>> read_resource(mcp::Context& context,
                                                                     std::string uri) override;
  Task<void> check_subscription(mcp::Context& context, std::string uri) override;

  std::vector<mcp::PromptListing> prompts(const mcp::Principal& principal) override;
  Task<mcp::Round<mcp::PromptResult>> get_prompt(mcp::Context& context, std::string name,
                                                 mcp::json::object arguments) override;
  Task<mcp::CompletionResult> complete(mcp::Context& context,
                                       mcp::CompletionRequest request) override;

  bool may_see(const mcp::Principal& principal, const std::string& uri) override;
  bool still_admits(const mcp::Principal& principal) override;

 private:
  std::vector<mcp::ResourceListing> listed(const mcp::Principal& principal, bool templates) const;
  operation::Origin origin(const mcp::Context& context) const;

  Task<std::optional<mcp::InputRequired>> question(mcp::Context& context, model::Caller caller,
                                                   operation::Outcome& outcome);

  const operation::Catalog& catalog_;
  const operation::Services& services_;
  std::string surface_;
  // The held messages about which a client was asked: who did not answer gets the link next time.
  std::unordered_set<std::string> asked_;
  const accounts::ScopeMap* scopes_;
};

/// The server's `instructions`.
std::string mcp_instructions();

}  // namespace gmail_mcp::surface
