#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace gmail_mcp::mcp {

namespace json = boost::json;

/// JSON-RPC 2.0 as MCP uses it: bytes ↔ messages. Pure.

enum class RpcCode : int {
  parse_error = -32700,
  invalid_request = -32600,
  method_not_found = -32601,
  invalid_params = -32602,
  internal_error = -32603,
  resource_not_found = -32002,  // legacy revisions only
  header_mismatch = -32020,
  missing_capability = -32021,
  unsupported_version = -32022,
};

/// The `error` of an answer.
struct Failure {
  Failure(RpcCode code, std::string message, json::value data = nullptr)
      : code{code}, message{std::move(message)}, data(std::move(data)) {}

  RpcCode code;
  std::string message;
  json::value data;  // null: left out
};

/// A value, or the failure to answer instead.
template <class T>
using Judged = std::variant<T, Failure>;

struct JsonLimits {
  std::size_t depth = 64;
  std::size_t values = 200'000;
};

/// Reads one JSON text. Refuses invalid UTF-8, nesting and sizes beyond `limits`, and objects that
/// name a member twice (two readers would see two different messages). The tree lives in `storage`.
Judged<json::value> parse_json(std::string_view text, const JsonLimits& limits,
                               json::storage_ptr storage = {});

struct Message {
  enum class Kind { request, notification, response };

  Kind kind = Kind::request;
  std::string id;         // as JSON text, so that 1 and "1" differ; empty: a notification
  std::string method;     // empty: a response
  json::object params;    // of a response: its result; {} if that is no object
  bool is_error = false;  // a response without a result of use
};

/// Something that is not a message, and its id if it has one.
struct BadMessage {
  Failure failure;
  std::string id;
};

/// Takes a parsed value apart. Does not handle arrays.
std::variant<Message, BadMessage> read_message(json::value value);

/// Whole messages as text. `id` and `result` are JSON texts; an empty id is left out.
std::string response_text(std::string_view id, std::string_view result);
std::string error_text(std::string_view id, const Failure& failure);
std::string request_text(std::string_view id, std::string_view method, const json::object& params);
std::string notification_text(std::string_view method, const json::object& params);

void append_json(std::string& out, const json::value& value);
void append_json_string(std::string& out, std::string_view text);

}  // namespace gmail_mcp::mcp
