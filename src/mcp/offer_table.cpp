#include "mcp/offer_table.h"

#include <algorithm>

namespace gmail_mcp::mcp {

namespace {

bool is_template(std::string_view uri) { return uri.find('{') != std::string_view::npos; }

bool matches(std::string_view pattern, std::string_view uri) {
  while (!pattern.empty()) {
    const auto open = pattern.find('{');
    const auto close = pattern.find('}', open == std::string_view::npos ? 0 : open);
    if (open == std::string_view::npos || close == std::string_view::npos) return pattern == uri;
    const auto before = pattern.substr(0, open);
    if (!uri.starts_with(before)) return false;
    uri.remove_prefix(before.size());
    pattern.remove_prefix(close + 1);
    // The value ends where the pattern goes on.
    const auto next = pattern.substr(0, pattern.find('{'));
    const auto end = next.empty() ? uri.size() : uri.find(next);
    if (end == 0 || end == std::string_view::npos) return false;
    if (uri.substr(0, end).find('/') != std::string_view::npos) return false;
    uri.remove_prefix(end);
  }
  return uri.empty();
}

}  // namespace

std::vector<ToolListing> OfferTable::tools(const Principal& /*principal*/) {
  std::vector<ToolListing> listings;
  for (const auto& row : tools_) listings.push_back(row.listing);
  return listings;
}

Task<Round<ToolResult>> OfferTable::call_tool(Context& context, std::string name,
                                              json::object& arguments) {
  const auto is_named = [&](const auto& row) { return row.listing.name == name; };
  const auto row = std::ranges::find_if(tools_, is_named);
  if (row == tools_.end()) throw Error{Errc::not_found, "There is no tool of that name."};
  return row->handler(context, arguments);
}

std::vector<ResourceListing> OfferTable::listed(bool templates) const {
  std::vector<ResourceListing> listings;
  for (const auto& row : resources_) {
    if (is_template(row.listing.uri) == templates) listings.push_back(row.listing);
  }
  return listings;
}

std::vector<ResourceListing> OfferTable::resources(const Principal& /*principal*/) {
  return listed(false);
}

std::vector<ResourceListing> OfferTable::resource_templates(const Principal& /*principal*/) {
  return listed(true);
}

const OfferTable::Row<ResourceListing, OfferTable::ResourceHandler>* OfferTable::find_resource(
    std::string_view uri) const {
  const auto is_meant = [&](const auto& row) { return matches(row.listing.uri, uri); };
  const auto row = std::ranges::find_if(resources_, is_meant);
  if (row == resources_.end()) throw Error{Errc::not_found, "There is no such resource."};
  return &*row;
}

Task<Round<std::vector<ResourceContents>>> OfferTable::read_resource(Context& context,
                                                                     std::string uri) {
  const auto* row = find_resource(uri);
  return row->handler(context, std::move(uri));
}

Task<void> OfferTable::check_subscription(Context& /*context*/, std::string uri) {
  find_resource(uri);
  co_return;
}

std::vector<PromptListing> OfferTable::prompts(const Principal& /*principal*/) {
  std::vector<PromptListing> listings;
  for (const auto& row : prompts_) listings.push_back(row.listing);
  return listings;
}

Task<Round<PromptResult>> OfferTable::get_prompt(Context& context, std::string name,
                                                 json::object arguments) {
  const auto is_named = [&](const auto& row) { return row.listing.name == name; };
  const auto row = std::ranges::find_if(prompts_, is_named);
  if (row == prompts_.end()) throw Error{Errc::not_found, "There is no such prompt."};
  for (const auto& argument : row->listing.arguments) {
    if (!argument.required || arguments.contains(argument.name)) continue;
    throw Error{Errc::invalid_argument, "The argument " + argument.name + " is missing."};
  }
  return row->handler(context, std::move(arguments));
}

Task<CompletionResult> OfferTable::complete(Context& /*context*/, CompletionRequest request) {
  CompletionResult result;
  if (completer_) result = completer_(request);
  co_return result;
}

bool OfferTable::may_see(const Principal& /*principal*/, const std::string& /*uri*/) {
  return true;
}

json::object text_content(std::string_view text) { return {{"type", "text"}, {"text", text}}; }

ToolResult text_result(std::string_view text) {
  ToolResult result;
  result.content.push_back(text_content(text));
  return result;
}

}  // namespace gmail_mcp::mcp
