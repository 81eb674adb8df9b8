#include "surface/openapi.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "gmail_mcp_version.h"
#include "surface/account_routes.h"

namespace gmail_mcp::surface {

namespace json = boost::json;

namespace {

json::object typed(std::string_view type) { return {{"type", type}}; }

json::object content(json::object schema) {
  const json::object media{{"schema", std::move(schema)}};
  return {{"application/json", media}};
}

json::object error_schema() {
  const json::object properties{
      {"success", typed("boolean")},    {"error", typed("string")},
      {"code", typed("string")},        {"retryable", typed("boolean")},
      {"hint", typed("string")},        {"retry_after", typed("integer")},
      {"connect_url", typed("string")},
  };
  return {{"type", "object"},
          {"properties", properties},
          {"required", {"success", "error", "code", "retryable", "hint"}}};
}

json::object described(const operation::Operation& tool, std::string id, std::string_view tag) {
  const json::object good{{"description", "The result"}, {"content", content(tool.output_schema)}};
  const json::object bad{{"description", "What went wrong and what to do"},
                         {"content", content({{"$ref", "#/components/schemas/Error"}})}};
  json::object responses{{"200", good}};
  if (tool.resume) {
    responses["202"] = json::object{{"description", "Not sent: it waits for the person's approval"},
                                    {"content", content(tool.output_schema)}};
  }
  responses["default"] = bad;
  return {{"operationId", std::move(id)},
          {"summary", tool.info.title},
          {"description", tool.info.description},
          {"tags", json::array{json::string(tag)}},
          {"responses", responses}};
}

json::object body_of(json::object schema, bool is_required) {
  return {{"required", is_required}, {"content", content(std::move(schema))}};
}

json::object tool_path(const operation::Operation& tool) {
  auto post = described(tool, std::string{tool.info.name}, operation::to_string(tool.info.toolset));
  post["requestBody"] = body_of(tool.input_schema, true);
  return {{"post", std::move(post)}};
}

json::object parameter(std::string_view name, std::string_view where, json::value schema) {
  return {
      {"name", name}, {"in", where}, {"required", where == "path"}, {"schema", std::move(schema)}};
}

struct RouteFacts {
  std::string_view method, path;
  std::string_view id;  // the argument that is {id} in the path
  std::string_view tag;
};

// The arguments, distributed over path, query and body.
json::object route_method(const RouteFacts& route, const operation::Operation& tool) {
  const auto path = route.path;
  const auto method = route.method;
  auto out = described(tool, to_lower_ascii(method) + "_" + std::string{tool.info.name}, route.tag);
  auto schema = tool.input_schema;
  auto& properties = schema["properties"].as_object();
  json::array parameters;
  if (path.find("{id}") != std::string_view::npos) {
    parameters.push_back(parameter("id", "path", typed("string")));
    properties.erase(route.id);
    if (auto* required = schema.if_contains("required")) {
      auto& names = required->as_array();
      names.erase(std::remove(names.begin(), names.end(), json::value(route.id)), names.end());
    }
  }
  if (method == "GET") {
    for (auto& [name, property] : properties) {
      parameters.push_back(parameter(name, "query", property));
    }
  } else if (!properties.empty()) {
    const bool is_required = schema.contains("required");
    out["requestBody"] = body_of(std::move(schema), is_required);
  }
  if (!parameters.empty()) out["parameters"] = std::move(parameters);
  return out;
}

void add_route(json::object& paths, const RouteFacts& route, const operation::Operation& tool) {
  auto& path = paths[route.path];
  if (!path.is_object()) path.emplace_object();
  path.as_object()[to_lower_ascii(route.method)] = route_method(route, tool);
}

}  // namespace

std::string openapi_document(const operation::Catalog& catalog, const std::string& public_url) {
  json::object paths;
  for (const auto& tool : catalog.tools()) {
    paths["/tools/" + std::string{tool.info.name}] = tool_path(tool);
  }
  for (const auto& route : account_routes()) {
    const auto* tool = catalog.tool(route.tool);
    if (tool == nullptr) continue;
    const RouteFacts facts{route.method, route.path, "account_id",
                           operation::to_string(tool->info.toolset)};
    add_route(paths, facts, *tool);
  }
  for (const auto& route : token_routes()) {
    const RouteFacts facts{route.method, route.path, "id", "tokens"};
    add_route(paths, facts, operation::token_operations().*route.operation);
  }
  const json::object info{{"title", "gmail-mcp"},
                          {"version", version},
                          {"description", "Work with many people's Gmail accounts."}};
  const json::object server{{"url", public_url}};
  const json::object bearer{{"type", "http"}, {"scheme", "bearer"}};
  const json::object components{{"schemas", {{"Error", error_schema()}}},
                                {"securitySchemes", {{"bearer", bearer}}}};
  const json::object needed{{"bearer", json::array{}}};
  json::object document{{"openapi", "3.1.0"},
                        {"info", info},
                        {"servers", json::array{server}},
                        {"security", json::array{needed}}};
  document["paths"] = std::move(paths);
  document["components"] = components;
  return json::serialize(document);
}

}  // namespace gmail_mcp::surface
