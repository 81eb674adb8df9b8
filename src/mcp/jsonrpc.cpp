#include "mcp/jsonrpc.h"

#include <boost/json/serializer.hpp>
#include <cmath>
#include <optional>
#include <utility>

#include "base/json_escape.h"
#include "schema/json_text.h"

namespace gmail_mcp::mcp {

namespace {

Failure not_json(const schema::JsonFault& fault, const JsonLimits& limits) {
  using Kind = schema::JsonFault::Kind;
  switch (fault.kind) {
    case Kind::too_many_values:
      return {RpcCode::parse_error,
              "The message has more than " + std::to_string(limits.values) + " values."};
    case Kind::too_deep:
      return {RpcCode::parse_error,
              "The message is nested deeper than " + std::to_string(limits.depth) + " levels."};
    case Kind::repeated_name:
      return {RpcCode::invalid_request,
              "The message names a member of an object twice: " + fault.name + "."};
    case Kind::malformed: break;
  }
  return {RpcCode::parse_error, "The message is not valid JSON in UTF-8."};
}

// nullopt: not a valid id. MCP has no null ids.
std::optional<std::string> id_text(const json::value& id) {
  if (id.is_string() || id.is_int64() || id.is_uint64()) {
    std::string text;
    append_json(text, id);
    return text;
  }
  constexpr double exact = 9'007'199'254'740'992.0;  // 2^53
  if (const double* number = id.if_double(); number && std::abs(*number) <= exact) {
    // 1.0 and 1e3 are integers for JSON Schema, and some clients write no others.
    if (std::trunc(*number) == *number) {
      return std::to_string(static_cast<std::int64_t>(*number));
    }
  }
  return std::nullopt;
}

}  // namespace

Judged<json::value> parse_json(std::string_view text, const JsonLimits& limits,
                               json::storage_ptr storage) {
  schema::JsonRules rules;
  rules.depth = limits.depth;
  rules.values = limits.values;
  auto read = schema::read_json(text, rules, std::move(storage));
  if (const auto* fault = std::get_if<schema::JsonFault>(&read)) return not_json(*fault, limits);
  return std::move(std::get<json::value>(read));
}

std::variant<Message, BadMessage> read_message(json::value value) {
  BadMessage bad{{RpcCode::invalid_request, "The message is not a JSON-RPC object."}, {}};
  auto* object = value.if_object();
  if (!object) return bad;

  const auto* id = object->if_contains("id");
  if (id) bad.id = id_text(*id).value_or("");
  const auto* version = object->if_contains("jsonrpc");
  if (!version || !version->is_string() || version->get_string() != "2.0") {
    bad.failure.message = "The message lacks \"jsonrpc\": \"2.0\".";
    return bad;
  }
  if (id && bad.id.empty()) {
    bad.failure.message = "The id of a request must be a string or an integer.";
    return bad;
  }

  const auto* method = object->if_contains("method");
  if (!method) {
    if (!id || !(object->contains("result") || object->contains("error"))) {
      bad.failure.message = "The message names no method.";
      return bad;
    }
    // Every result of MCP is an object.
    auto* result = object->if_contains("result");
    auto* members = result ? result->if_object() : nullptr;
    if (!members) return Message{Message::Kind::response, std::move(bad.id), {}, {}, true};
    return Message{Message::Kind::response, std::move(bad.id), {}, std::move(*members)};
  }
  if (!method->is_string()) {
    bad.failure.message = "The method is not a string.";
    return bad;
  }
  // Some clients write null for what they leave out.
  json::value no_params = json::object{};
  auto* params = object->if_contains("params");
  if (!params || params->is_null()) params = &no_params;
  auto* members = params->if_object();
  if (!members) {
    bad.failure.message = "The params are not an object.";
    return bad;
  }
  // The members are moved, because assignment would copy them into other memory.
  const std::string_view name = method->get_string();
  return Message{id ? Message::Kind::request : Message::Kind::notification, std::move(bad.id),
                 std::string{name}, std::move(*members)};
}

void append_json(std::string& out, const json::value& value) {
  json::serializer serializer;
  serializer.reset(&value);
  char buffer[4096];
  while (!serializer.done()) {
    const auto piece = serializer.read(buffer);
    out.append(piece.data(), piece.size());
  }
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_json_escaped(out, text);
  out += '"';
}

std::string response_text(std::string_view id, std::string_view result) {
  constexpr std::string_view start = R"({"jsonrpc":"2.0","id":)";
  constexpr std::string_view middle = R"(,"result":)";
  std::string text;
  text.reserve(start.size() + id.size() + middle.size() + result.size() + 1);
  text.append(start).append(id).append(middle).append(result).push_back('}');
  return text;
}

std::string error_text(std::string_view id, const Failure& failure) {
  std::string text = R"({"jsonrpc":"2.0",)";
  if (!id.empty()) text.append(R"("id":)").append(id).push_back(',');
  json::object error{{"code", static_cast<int>(failure.code)}, {"message", failure.message}};
  if (!failure.data.is_null()) error.emplace("data", failure.data);
  text += R"("error":)";
  append_json(text, std::move(error));
  text += '}';
  return text;
}

std::string request_text(std::string_view id, std::string_view method, const json::object& params) {
  std::string text = R"({"jsonrpc":"2.0","id":)";
  text.append(id).append(R"(,"method":)");
  append_json_string(text, method);
  text += R"(,"params":)";
  append_json(text, params);
  text += '}';
  return text;
}

std::string notification_text(std::string_view method, const json::object& params) {
  json::object message{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
  std::string text;
  append_json(text, std::move(message));
  return text;
}

}  // namespace gmail_mcp::mcp
