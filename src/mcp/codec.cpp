#include "mcp/codec.h"

#include <algorithm>
#include <utility>

#include "crypto/base64.h"

namespace gmail_mcp::mcp {

namespace {

// Lists change only with a notification, but a client may not be listening.
constexpr Freshness of_lists{std::chrono::minutes{5}, false};
constexpr Freshness of_discovery{std::chrono::hours{1}, true};
// Mail changes at any moment.
constexpr Freshness of_contents{std::chrono::milliseconds{0}, false};

constexpr std::size_t most_completions = 100;

void add_text(json::object& to, std::string_view name, const std::string& text) {
  if (!text.empty()) to.emplace(name, text);
}

bool is_object_schema(const json::object& schema) {
  const auto* type = schema.if_contains("type");
  return type && type->is_string() && type->get_string() == "object";
}

std::string_view text_of(const json::object& block, std::string_view member) {
  const auto* value = block.if_contains(member);
  return value && value->is_string() ? std::string_view{value->get_string()} : std::string_view{};
}

json::object text_block(std::string text) { return {{"type", "text"}, {"text", std::move(text)}}; }

// The text for a client that knows neither audio nor links.
json::object as_text_block(const json::object& block) {
  if (text_of(block, "type") == "audio") {
    return text_block("[audio, " + std::string{text_of(block, "mimeType")} +
                      ": this client's protocol revision cannot receive it]");
  }
  std::string text{text_of(block, "name")};
  for (const auto member : {"uri", "description"}) {
    const auto part = text_of(block, member);
    if (part.empty()) continue;
    if (!text.empty()) text += text.ends_with(')') ? " " : ": ";
    text += part;
  }
  return text_block(std::move(text));
}

}  // namespace

Codec::Codec(const Revision& revision, const ServerInfo& server)
    : revision_{revision}, server_{server} {
  json::object last;
  if (revision_.result_type) last.emplace("resultType", "complete");
  if (revision_.server_info_in_meta) {
    json::object members{{meta::server_info, implementation()}};
    last.emplace("_meta", std::move(members));
  }
  append_json(tail_, std::move(last));
  tail_.erase(0, 1);
}

std::string Codec::finish(std::string body) const {
  if (tail_.size() == 1) return body;
  body.back() = ',';
  if (body.size() == 2) body.pop_back();  // it was {}
  return body += tail_;
}

std::string Codec::finish(json::object body) const {
  std::string text;
  append_json(text, std::move(body));
  return finish(std::move(text));
}

std::string Codec::finish(json::object body, Freshness freshness) const {
  if (revision_.cache_hints) {
    body.emplace("ttlMs", freshness.time_to_live.count());
    body.emplace("cacheScope", freshness.for_everybody ? "public" : "private");
  }
  return finish(std::move(body));
}

json::object Codec::implementation() const {
  const auto& self = server_.implementation;
  json::object object{{"name", self.name}, {"version", self.version}};
  if (revision_.titles) add_text(object, "title", self.title);
  return object;
}

json::object Codec::capabilities() const {
  const auto& families = server_.families;
  const auto list = [](bool changes) {
    return changes ? json::object{{"listChanged", true}} : json::object{};
  };
  json::object object;
  if (families.tools) object.emplace("tools", list(server_.changing.tools));
  if (families.resources) {
    auto resources = list(server_.changing.resources);
    resources.emplace("subscribe", true);
    object.emplace("resources", std::move(resources));
  }
  if (families.prompts) object.emplace("prompts", list(server_.changing.prompts));
  if (families.completions && revision_.completions_capability) {
    object.emplace("completions", json::object{});
  }
  if (families.logging) object.emplace("logging", json::object{});
  return object;
}

std::string Codec::initialized() const {
  json::object body{{"protocolVersion", revision_.name},
                    {"capabilities", capabilities()},
                    {"serverInfo", implementation()}};
  add_text(body, "instructions", server_.instructions);
  return finish(std::move(body));
}

std::string Codec::discovered() const {
  json::object body{{"supportedVersions", modern_versions()}, {"capabilities", capabilities()}};
  add_text(body, "instructions", server_.instructions);
  return finish(std::move(body), of_discovery);
}

json::object Codec::tool(const ToolListing& listing) const {
  json::object object{{"name", listing.name}};
  if (revision_.titles) add_text(object, "title", listing.title);
  add_text(object, "description", listing.description);
  object.emplace("inputSchema", listing.input_schema);
  if (revision_.structured_content && listing.output_schema &&
      (revision_.any_schema_root || is_object_schema(*listing.output_schema))) {
    object.emplace("outputSchema", *listing.output_schema);
  }
  if (revision_.tool_annotations) {
    auto annotations = listing.annotations;
    // Revision 2025-03-26 has a title here and nowhere else.
    if (!revision_.titles) add_text(annotations, "title", listing.title);
    if (!annotations.empty()) object.emplace("annotations", std::move(annotations));
  }
  if (revision_.icons && !listing.icons.empty()) object.emplace("icons", listing.icons);
  if (revision_.listing_meta && !listing.meta.empty()) object.emplace("_meta", listing.meta);
  return object;
}

json::object Codec::resource(const ResourceListing& listing, std::string_view uri_member) const {
  json::object object{{uri_member, listing.uri}, {"name", listing.name}};
  if (revision_.titles) add_text(object, "title", listing.title);
  add_text(object, "description", listing.description);
  add_text(object, "mimeType", listing.mime_type);
  if (revision_.icons && !listing.icons.empty()) object.emplace("icons", listing.icons);
  return object;
}

json::object Codec::prompt_listing(const PromptListing& listing) const {
  json::object object{{"name", listing.name}};
  if (revision_.titles) add_text(object, "title", listing.title);
  add_text(object, "description", listing.description);
  json::array arguments;
  for (const auto& argument : listing.arguments) {
    json::object entry{{"name", argument.name}};
    add_text(entry, "description", argument.description);
    if (argument.required) entry.emplace("required", true);
    arguments.push_back(std::move(entry));
  }
  if (!arguments.empty()) object.emplace("arguments", std::move(arguments));
  if (revision_.icons && !listing.icons.empty()) object.emplace("icons", listing.icons);
  return object;
}

std::string Codec::tools(const std::vector<ToolListing>& listings) const {
  json::array list;
  for (const auto& listing : listings) list.push_back(tool(listing));
  json::object body{{"tools", std::move(list)}};
  return finish(std::move(body), of_lists);
}

std::string Codec::resources(const std::vector<ResourceListing>& listings) const {
  json::array list;
  for (const auto& listing : listings) list.push_back(resource(listing, "uri"));
  json::object body{{"resources", std::move(list)}};
  return finish(std::move(body), of_lists);
}

std::string Codec::resource_templates(const std::vector<ResourceListing>& listings) const {
  json::array list;
  for (const auto& listing : listings) list.push_back(resource(listing, "uriTemplate"));
  json::object body{{"resourceTemplates", std::move(list)}};
  return finish(std::move(body), of_lists);
}

std::string Codec::prompts(const std::vector<PromptListing>& listings) const {
  json::array list;
  for (const auto& listing : listings) list.push_back(prompt_listing(listing));
  json::object body{{"prompts", std::move(list)}};
  return finish(std::move(body), of_lists);
}

void Codec::keep_known_content(json::array& content) const {
  if (revision_.audio_content && revision_.resource_links) return;
  for (auto& element : content) {
    const auto* block = element.if_object();
    if (!block) continue;
    const auto type = text_of(*block, "type");
    const bool unknown = (type == "audio" && !revision_.audio_content) ||
                         (type == "resource_link" && !revision_.resource_links);
    if (unknown) element = as_text_block(*block);
  }
}

// Written piece by piece: structured content is used twice, as itself and, when the tool gave no
// content, as the text beside it.
std::string Codec::tool_result(ToolResult result) const {
  const auto& structured = result.structured;
  std::string body = R"({"content":)";
  body.reserve(body.size() + structured.size() / 4 * 9);
  if (result.content.empty() && !structured.empty()) {
    body += R"([{"type":"text","text":)";
    append_json_string(body, structured);
    body += "}]";
  } else {
    keep_known_content(result.content);
    append_json(body, std::move(result.content));
  }
  // A failure has no structured content: clients would validate it against outputSchema and hide
  // the sentence.
  if (!structured.empty() && !result.is_error && revision_.structured_content &&
      (revision_.any_schema_root || structured.front() == '{')) {
    body.append(R"(,"structuredContent":)").append(structured);
  }
  if (result.is_error) body += R"(,"isError":true)";
  body += '}';
  return finish(std::move(body));
}

std::string Codec::contents(std::vector<ResourceContents> contents) const {
  json::array list;
  for (auto& part : contents) {
    json::object entry{{"uri", part.uri}};
    add_text(entry, "mimeType", part.mime_type);
    if (part.is_blob) {
      entry.emplace("blob", crypto::base64_encode(part.blob));
    } else {
      entry.emplace("text", part.text);
    }
    list.push_back(std::move(entry));
  }
  json::object body{{"contents", std::move(list)}};
  return finish(std::move(body), of_contents);
}

std::string Codec::prompt(PromptResult result) const {
  json::object body;
  add_text(body, "description", result.description);
  for (auto& message : result.messages) {
    auto* members = message.if_object();
    auto* content = members ? members->if_contains("content") : nullptr;
    if (!content) continue;
    json::array one{std::move(*content)};
    keep_known_content(one);
    *content = std::move(one.front());
  }
  body.emplace("messages", std::move(result.messages));
  return finish(std::move(body));
}

std::string Codec::completion(const CompletionResult& result) const {
  const auto sent = std::min(result.values.size(), most_completions);
  json::array values;
  for (std::size_t i = 0; i < sent; ++i) values.emplace_back(result.values[i]);
  const auto known = static_cast<std::int64_t>(result.values.size());
  json::object completion{{"values", std::move(values)}};
  if (result.total) completion.emplace("total", *result.total);
  completion.emplace(
      "hasMore", std::max(known, result.total.value_or(known)) > static_cast<std::int64_t>(sent));
  json::object body{{"completion", std::move(completion)}};
  return finish(std::move(body));
}

std::string Codec::listened(const json::value& subscription_id) const {
  json::object members{{meta::subscription_id, subscription_id},
                       {meta::server_info, implementation()}};
  json::object body{{"resultType", "complete"}, {"_meta", std::move(members)}};
  std::string text;
  append_json(text, std::move(body));
  return text;
}

std::string Codec::input_required(const std::vector<InputRequest>& requests,
                                  const std::string& state) const {
  json::object asked;
  for (const auto& request : requests) {
    json::object entry{{"method", request.method}, {"params", request.params}};
    asked.emplace(request.key, std::move(entry));
  }
  json::object body{{"resultType", "input_required"}};
  if (!asked.empty()) body.emplace("inputRequests", std::move(asked));
  add_text(body, "requestState", state);
  json::object members{{meta::server_info, implementation()}};
  body.emplace("_meta", std::move(members));
  std::string text;
  append_json(text, std::move(body));
  return text;
}

json::object Codec::question(const InputRequest& request, std::string_view id) const {
  json::object params(request.params, json::storage_ptr());
  if (request.method != "elicitation/create") return params;
  if (!revision_.url_elicitation) {
    params.erase("mode");
  } else if (revision_.elicitation_ids && text_of(params, "mode") == "url") {
    params["elicitationId"] = id;
  }
  return params;
}

std::string Codec::empty() const { return finish(std::string{"{}"}); }

}  // namespace gmail_mcp::mcp
