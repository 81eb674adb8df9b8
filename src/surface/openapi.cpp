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

json::object content(json::object schema) {
  json::object media;
  media["schema"] = std::move(schema);
  json::object types;
  types["application/json"] = std::move(media);
  return types;
}

json::object typed(const char* type) {
  json::object schema;
  schema["type"] = type;
  return schema;
}

json::object error_schema() {
  json::object properties;
  properties["success"] = typed("boolean");
  properties["error"] = typed("string");
  properties["code"] = typed("string");
  properties["retryable"] = typed("boolean");
  properties["hint"] = typed("string");
  properties["retry_after"] = typed("integer");
  properties["connect_url"] = typed("string");
  auto schema = typed("object");
  schema["properties"] = std::move(properties);
  schema["required"] = json::array{"success", "error", "code", "retryable", "hint"};
  return schema;
}

json::object responses_of(const operation::Operation& tool) {
  json::object good;
  good["description"] = "The result";
  good["content"] = content(tool.output_schema);
  json::object reference;
  reference["$ref"] = "#/components/schemas/Error";
  json::object bad;
  bad["description"] = "What went wrong and what to do";
  bad["content"] = content(std::move(reference));
  json::object responses;
  responses["200"] = std::move(good);
  responses["default"] = std::move(bad);
  return responses;
}

json::object described(const operation::Operation& tool, std::string id) {
  json::object method;
  method["operationId"] = std::move(id);
  method["summary"] = tool.info.title;
  method["description"] = tool.info.description;
  method["tags"] = json::array{json::string(operation::to_string(tool.info.toolset))};
  method["responses"] = responses_of(tool);
  return method;
}

json::object body_of(json::object schema, bool is_required) {
  json::object request;
  request["required"] = is_required;
  request["content"] = content(std::move(schema));
  return request;
}

json::object tool_path(const operation::Operation& tool) {
  auto post = described(tool, std::string{tool.info.name});
  post["requestBody"] = body_of(tool.input_schema, true);
  json::object path;
  path["post"] = std::move(post);
  return path;
}

json::object parameter(std::string_view name, const char* where, json::value schema) {
  json::object out;
  out["name"] = name;
  out["in"] = where;
  out["required"] = std::string_view{where} == "path";
  out["schema"] = std::move(schema);
  return out;
}

// The tool's arguments, spread over path, query and body.
json::object route_method(const ToolRoute& route, const operation::Operation& tool) {
  const std::string_view path = route.path;
  const std::string_view method = route.method;
  auto out = described(tool, to_lower_ascii(method) + "_" + std::string{tool.info.name});
  auto schema = tool.input_schema;
  auto& properties = schema["properties"].as_object();
  json::array parameters;
  if (path.find("{id}") != std::string_view::npos) {
    parameters.push_back(parameter("id", "path", typed("string")));
    properties.erase("account_id");
    if (auto* required = schema.if_contains("required")) {
      auto& names = required->as_array();
      names.erase(std::remove(names.begin(), names.end(), json::value("account_id")), names.end());
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

}  // namespace

std::string openapi_document(const operation::Catalog& catalog, const std::string& public_url) {
  json::object info;
  info["title"] = "gmail-mcp";
  info["version"] = version;
  info["description"] = "Work with many people's Gmail accounts.";
  json::object server;
  server["url"] = public_url;
  json::object paths;
  for (const auto& tool : catalog.tools()) {
    paths["/tools/" + std::string{tool.info.name}] = tool_path(tool);
  }
  for (const auto& route : account_routes()) {
    const auto* tool = catalog.tool(route.tool);
    if (tool == nullptr) continue;
    auto& path = paths[route.path];
    if (!path.is_object()) path.emplace_object();
    path.as_object()[to_lower_ascii(route.method)] = route_method(route, *tool);
  }
  json::object bearer;
  bearer["type"] = "http";
  bearer["scheme"] = "bearer";
  json::object schemes;
  schemes["bearer"] = std::move(bearer);
  json::object schemas;
  schemas["Error"] = error_schema();
  json::object components;
  components["schemas"] = std::move(schemas);
  components["securitySchemes"] = std::move(schemes);
  json::object needed;
  needed["bearer"] = json::array{};
  json::object document;
  document["openapi"] = "3.1.0";
  document["info"] = std::move(info);
  document["servers"] = json::array{std::move(server)};
  document["security"] = json::array{std::move(needed)};
  document["paths"] = std::move(paths);
  document["components"] = std::move(components);
  return json::serialize(document);
}

}  // namespace gmail_mcp::surface
