#include "surface/openapi.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "gmail_mcp_version.h"

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

json::object tool_path(const operation::Operation& tool) {
  json::object request;
  request["required"] = true;
  request["content"] = content(tool.input_schema);
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
  json::object post;
  post["operationId"] = tool.info.name;
  post["summary"] = tool.info.title;
  post["description"] = tool.info.description;
  post["tags"] = json::array{json::string(operation::to_string(tool.info.toolset))};
  post["requestBody"] = std::move(request);
  post["responses"] = std::move(responses);
  json::object path;
  path["post"] = std::move(post);
  return path;
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
