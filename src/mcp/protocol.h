#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "mcp/jsonrpc.h"
#include "mcp/server.h"

namespace gmail_mcp::mcp {

/// The revisions of the protocol and how they differ. Pure.

/// Legacy: a session opened by `initialize`. Modern: every request is self-contained.
enum class Era { legacy, modern };

/// One revision; a new one is one row in protocol.cpp.
struct Revision {
  std::string_view name;
  Era era = Era::legacy;

  bool batches = false;
  bool tool_annotations = false;
  bool audio_content = false;
  bool completions_capability = false;
  bool progress_message = false;

  bool titles = false;              // of listings and implementations
  bool structured_content = false;  // and outputSchema
  bool resource_links = false;
  bool listing_meta = false;  // _meta of tools
  bool icons = false;
  bool resumable_streams = false;  // event ids, and a first event without data

  bool any_schema_root = false;  // otherwise outputSchema and structuredContent must be objects
  bool result_type = false;
  bool cache_hints = false;          // ttlMs, cacheScope
  bool server_info_in_meta = false;  // of every result; otherwise in the body of initialize
  bool elicitation = false;          // forms, asked of the person
  bool url_elicitation = false;      // pages
  bool elicitation_ids = false;      // of pages
  RpcCode missing_resource = RpcCode::resource_not_found;
};

/// All of them, oldest first.
std::span<const Revision> revisions();
const Revision* find_revision(std::string_view name);
/// The revision that `initialize` falls back to: never a modern one.
const Revision& newest_legacy();
/// Their names, newest first: `supportedVersions`.
json::array modern_versions();

enum class Method {
  initialize,
  ping,
  set_level,
  discover,
  list_tools,
  call_tool,
  list_resources,
  list_resource_templates,
  read_resource,
  subscribe,
  unsubscribe,
  list_prompts,
  get_prompt,
  complete,
  listen,
};

struct MethodRule {
  Method method;
  std::string_view name;
  bool legacy = false;
  bool modern = false;
  bool Families::*family = nullptr;  // nullptr: always there
  std::string_view named_by = {};    // the member of params that Mcp-Name repeats
};

const MethodRule* find_method(std::string_view name);

/// Members of `_meta`, without their prefix io.modelcontextprotocol/.
namespace meta {
inline constexpr std::string_view protocol_version = "io.modelcontextprotocol/protocolVersion";
inline constexpr std::string_view client_capabilities =
    "io.modelcontextprotocol/clientCapabilities";
inline constexpr std::string_view log_level = "io.modelcontextprotocol/logLevel";
inline constexpr std::string_view server_info = "io.modelcontextprotocol/serverInfo";
inline constexpr std::string_view subscription_id = "io.modelcontextprotocol/subscriptionId";
}  // namespace meta

/// RFC 5424's severities, least first.
enum class Severity { debug, info, notice, warning, error, critical, alert, emergency };

std::optional<Severity> parse_severity(std::string_view text);
std::string_view name_of(Severity severity);

}  // namespace gmail_mcp::mcp
