#include "mcp/jsonrpc.h"

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/serializer.hpp>
#include <boost/json/value_stack.hpp>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace gmail_mcp::mcp {

namespace {

using boost::system::error_code;

// json::parser's handler, with counters: it sees every value and every member name go by.
struct TreeBuilder {
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::size_t>::max();

  TreeBuilder(json::storage_ptr storage, unsigned char* buffer, std::size_t size)
      : stack{std::move(storage), buffer, size} {}

  bool count(error_code& ec) {
    if (++values <= max_values) return true;
    ec = json::error::too_deep;
    too_many = true;
    return false;
  }

  bool on_document_begin(error_code&) { return true; }
  bool on_document_end(error_code&) { return true; }
  bool on_object_begin(error_code&) { return true; }
  bool on_object_end(std::size_t n, error_code& ec) {
    stack.push_object(n);
    return count(ec);
  }
  bool on_array_begin(error_code&) { return true; }
  bool on_array_end(std::size_t n, error_code& ec) {
    stack.push_array(n);
    return count(ec);
  }
  bool on_key_part(json::string_view s, std::size_t, error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_key(json::string_view s, std::size_t, error_code&) {
    stack.push_key(s);
    ++keys;
    return true;
  }
  bool on_string_part(json::string_view s, std::size_t, error_code&) {
    stack.push_chars(s);
    return true;
  }
  bool on_string(json::string_view s, std::size_t, error_code& ec) {
    stack.push_string(s);
    return count(ec);
  }
  bool on_number_part(json::string_view, error_code&) { return true; }
  bool on_int64(std::int64_t i, json::string_view, error_code& ec) {
    stack.push_int64(i);
    return count(ec);
  }
  bool on_uint64(std::uint64_t u, json::string_view, error_code& ec) {
    stack.push_uint64(u);
    return count(ec);
  }
  bool on_double(double d, json::string_view, error_code& ec) {
    stack.push_double(d);
    return count(ec);
  }
  bool on_bool(bool b, error_code& ec) {
    stack.push_bool(b);
    return count(ec);
  }
  bool on_null(error_code& ec) {
    stack.push_null();
    return count(ec);
  }
  bool on_comment_part(json::string_view, error_code&) { return true; }
  bool on_comment(json::string_view, error_code&) { return true; }

  json::value_stack stack;
  std::size_t max_values = 0;
  std::size_t values = 0;
  std::size_t keys = 0;
  bool too_many = false;
};

// Not deeper than the parser allowed.
std::size_t count_members(const json::value& value) {
  std::size_t members = 0;
  if (const auto* object = value.if_object()) {
    members = object->size();
    for (const auto& member : *object) members += count_members(member.value());
  } else if (const auto* array = value.if_array()) {
    for (const auto& element : *array) members += count_members(element);
  }
  return members;
}

Failure not_json(const TreeBuilder& builder, const error_code& ec, const JsonLimits& limits) {
  if (builder.too_many) {
    return {RpcCode::parse_error,
            "The message holds more than " + std::to_string(limits.values) + " values."};
  }
  if (ec == json::error::too_deep) {
    return {RpcCode::parse_error,
            "The message is nested deeper than " + std::to_string(limits.depth) + " levels."};
  }
  return {RpcCode::parse_error, "The message is not valid JSON in UTF-8."};
}

// nullopt: no valid id. MCP has no null ids.
std::optional<std::string> id_text(const json::value& id) {
  if (id.is_string() || id.is_int64() || id.is_uint64()) {
    std::string text;
    append_json(text, id);
    return text;
  }
  constexpr double exact = 9'007'199'254'740'992.0;  // 2^53
  if (const double* number = id.if_double(); number && std::abs(*number) <= exact) {
    // 1.0 and 1e3 are integers to JSON Schema, and some clients know no others.
    if (std::trunc(*number) == *number) {
      return std::to_string(static_cast<std::int64_t>(*number));
    }
  }
  return std::nullopt;
}

}  // namespace

Judged<json::value> parse_json(std::string_view text, const JsonLimits& limits,
                               json::storage_ptr storage) {
  json::parse_options options;
  options.max_depth = limits.depth;
  unsigned char buffer[4096];
  json::basic_parser<TreeBuilder> parser{options, json::storage_ptr{}, buffer, sizeof buffer};
  auto& builder = parser.handler();
  builder.max_values = limits.values;
  builder.stack.reset(std::move(storage));

  error_code ec;
  const auto read = parser.write_some(false, text.data(), text.size(), ec);
  if (!ec && (read < text.size() || !parser.done())) ec = json::error::extra_data;
  if (ec) return not_json(builder, ec, limits);
  auto tree = builder.stack.release();
  if (count_members(tree) != builder.keys) {
    return Failure{RpcCode::invalid_request, "The message names a member of an object twice."};
  }
  return tree;
}

std::variant<Message, BadMessage> read_message(json::value value) {
  BadMessage bad{{RpcCode::invalid_request, "The message is no JSON-RPC object."}, {}};
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
    bad.failure.message = "The id of a request is a string or an integer.";
    return bad;
  }

  const auto* method = object->if_contains("method");
  if (!method) {
    if (!id || !(object->contains("result") || object->contains("error"))) {
      bad.failure.message = "The message names no method.";
      return bad;
    }
    return Message{Message::Kind::response, std::move(bad.id), {}, {}};
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
  // The members are moved, not assigned: assignment would copy them into other memory.
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
  json::serializer serializer;
  serializer.reset(json::string_view{text});
  char buffer[4096];
  while (!serializer.done()) {
    const auto piece = serializer.read(buffer);
    out.append(piece.data(), piece.size());
  }
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

std::string notification_text(std::string_view method, const json::object& params) {
  json::object message{{"jsonrpc", "2.0"}, {"method", method}, {"params", params}};
  std::string text;
  append_json(text, std::move(message));
  return text;
}

}  // namespace gmail_mcp::mcp
