#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "mcp/protocol.h"
#include "mcp/server.h"

namespace gmail_mcp::mcp {

/// How long a client may keep a result, where the revision can say so.
struct Freshness {
  std::chrono::milliseconds time_to_live{0};
  bool for_everybody = false;  // otherwise only for the caller's own credential
};

/// Writes results of the offer in the form of one revision: a JSON object as text. Fields that the
/// revision lacks are left out; content that it cannot carry becomes text. Pure; built once per
/// revision.
class Codec {
 public:
  Codec(const Revision& revision, const ServerInfo& server);

  std::string initialized() const;
  std::string discovered() const;
  std::string tools(const std::vector<ToolListing>& listings) const;
  std::string resources(const std::vector<ResourceListing>& listings) const;
  std::string resource_templates(const std::vector<ResourceListing>& listings) const;
  std::string prompts(const std::vector<PromptListing>& listings) const;
  std::string tool_result(ToolResult result) const;
  std::string contents(std::vector<ResourceContents> contents) const;
  std::string prompt(PromptResult result) const;
  std::string completion(const CompletionResult& result) const;
  /// The end of a subscriptions/listen whose id is that JSON text.
  std::string listened(const json::value& subscription_id) const;
  std::string empty() const;
  /// What the client must answer first. `state`: as sealed, or "".
  std::string input_required(const std::vector<InputRequest>& requests,
                             const std::string& state) const;
  /// The params of a request to a legacy client. `id`: of a page that the person shall open.
  json::object question(const InputRequest& request, std::string_view id) const;

 private:
  std::string finish(json::object body) const;
  std::string finish(json::object body, Freshness freshness) const;
  std::string finish(std::string body) const;
  json::object implementation() const;
  json::object capabilities() const;
  json::object tool(const ToolListing& listing) const;
  json::object resource(const ResourceListing& listing, std::string_view uri_member) const;
  json::object prompt_listing(const PromptListing& listing) const;
  void keep_known_content(json::array& content) const;

  const Revision& revision_;
  const ServerInfo& server_;
  std::string tail_;  // the end of every result of the revision
};

}  // namespace gmail_mcp::mcp
