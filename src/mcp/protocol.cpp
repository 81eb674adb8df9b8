#include "mcp/protocol.h"

#include <algorithm>
#include <array>

namespace gmail_mcp::mcp {

namespace {

constexpr std::array all_revisions{
    Revision{
        .name = "2024-11-05",
    },
    Revision{
        .name = "2025-03-26",
        .batches = true,
        .tool_annotations = true,
        .audio_content = true,
        .completions_capability = true,
        .progress_message = true,
    },
    Revision{
        .name = "2025-06-18",
        .tool_annotations = true,
        .audio_content = true,
        .completions_capability = true,
        .progress_message = true,
        .titles = true,
        .structured_content = true,
        .resource_links = true,
        .listing_meta = true,
        .elicitation = true,
    },
    Revision{
        .name = "2025-11-25",
        .tool_annotations = true,
        .audio_content = true,
        .completions_capability = true,
        .progress_message = true,
        .titles = true,
        .structured_content = true,
        .resource_links = true,
        .listing_meta = true,
        .icons = true,
        .resumable_streams = true,
        .elicitation = true,
        .url_elicitation = true,
        .elicitation_ids = true,
    },
    Revision{
        .name = "2026-07-28",
        .era = Era::modern,
        .tool_annotations = true,
        .audio_content = true,
        .completions_capability = true,
        .progress_message = true,
        .titles = true,
        .structured_content = true,
        .resource_links = true,
        .listing_meta = true,
        .icons = true,
        .any_schema_root = true,
        .result_type = true,
        .cache_hints = true,
        .server_info_in_meta = true,
        .elicitation = true,
        .url_elicitation = true,
        .missing_resource = RpcCode::invalid_params,
    },
};

static_assert(std::ranges::is_sorted(all_revisions, {}, &Revision::name));
static_assert(std::ranges::is_sorted(all_revisions, {}, &Revision::era));

constexpr std::array methods{
    MethodRule{Method::initialize, "initialize", true, false},
    MethodRule{Method::ping, "ping", true, false},
    MethodRule{Method::set_level, "logging/setLevel", true, false, &Families::logging},
    MethodRule{Method::discover, "server/discover", false, true},
    MethodRule{Method::list_tools, "tools/list", true, true, &Families::tools},
    MethodRule{Method::call_tool, "tools/call", true, true, &Families::tools, "name"},
    MethodRule{Method::list_resources, "resources/list", true, true, &Families::resources},
    MethodRule{Method::list_resource_templates, "resources/templates/list", true, true,
               &Families::resources},
    MethodRule{Method::read_resource, "resources/read", true, true, &Families::resources, "uri"},
    MethodRule{Method::subscribe, "resources/subscribe", true, false, &Families::resources},
    MethodRule{Method::unsubscribe, "resources/unsubscribe", true, false, &Families::resources},
    MethodRule{Method::list_prompts, "prompts/list", true, true, &Families::prompts},
    MethodRule{Method::get_prompt, "prompts/get", true, true, &Families::prompts, "name"},
    MethodRule{Method::complete, "completion/complete", true, true, &Families::completions},
    MethodRule{Method::listen, "subscriptions/listen", false, true},
};

constexpr std::array<std::string_view, 8> severities{"debug", "info",     "notice", "warning",
                                                     "error", "critical", "alert",  "emergency"};

}  // namespace

std::span<const Revision> revisions() { return all_revisions; }

const Revision* find_revision(std::string_view name) {
  const auto* found = std::ranges::find(all_revisions, name, &Revision::name);
  return found == all_revisions.end() ? nullptr : found;
}

const Revision& newest_legacy() {
  return *(std::ranges::find(all_revisions, Era::modern, &Revision::era) - 1);
}

json::array modern_versions() {
  json::array names;
  for (auto row = all_revisions.rbegin(); row != all_revisions.rend(); ++row) {
    if (row->era == Era::modern) names.emplace_back(row->name);
  }
  return names;
}

const MethodRule* find_method(std::string_view name) {
  const auto* found = std::ranges::find(methods, name, &MethodRule::name);
  return found == methods.end() ? nullptr : found;
}

std::optional<Severity> parse_severity(std::string_view text) {
  const auto* found = std::ranges::find(severities, text);
  if (found == severities.end()) return std::nullopt;
  return static_cast<Severity>(found - severities.begin());
}

std::string_view name_of(Severity severity) {
  return severities[static_cast<std::size_t>(severity)];
}

}  // namespace gmail_mcp::mcp
