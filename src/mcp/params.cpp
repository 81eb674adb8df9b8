#include "mcp/params.h"

#include <utility>

#include "base/error.h"

namespace gmail_mcp::mcp {

namespace {

Error bad(std::string_view name, std::string_view what) {
  return {Errc::invalid_argument, "params." + std::string{name} + std::string{what}};
}

}  // namespace

std::string required_text(const json::object& params, std::string_view name) {
  const auto* value = params.if_contains(name);
  if (!value) throw bad(name, " is missing.");
  if (!value->is_string()) throw bad(name, " must be a string.");
  return std::string{std::string_view{value->get_string()}};
}

const json::object* find_object(const json::object& params, std::string_view name) {
  const auto* value = params.if_contains(name);
  if (!value || value->is_null()) return nullptr;
  const auto* object = value->if_object();
  if (!object) throw bad(name, " must be an object.");
  return object;
}

json::object copy_object(const json::object& params, std::string_view name) {
  const auto* object = find_object(params, name);
  // The storage is given explicitly, because a plain copy would stay in the message's memory.
  return object ? json::object(*object, json::storage_ptr()) : json::object();
}

json::value progress_token(const json::object& params) {
  const auto* value = params.if_contains("_meta");
  const auto* meta = value ? value->if_object() : nullptr;
  const auto* token = meta ? meta->if_contains("progressToken") : nullptr;
  if (!token || !(token->is_string() || token->is_int64() || token->is_uint64())) return nullptr;
  return *token;
}

std::string cancelled_request(const Message& message) {
  std::string id;
  if (message.method != "notifications/cancelled") return id;
  const auto* value = message.params.if_contains("requestId");
  if (value && (value->is_string() || value->is_int64() || value->is_uint64())) {
    append_json(id, *value);
  }
  return id;
}

void check_first_page(const json::object& params) {
  const auto* cursor = params.if_contains("cursor");
  if (!cursor || cursor->is_null()) return;
  if (!cursor->is_string() || !cursor->get_string().empty()) {
    throw bad("cursor", " does not come from this server.");
  }
}

}  // namespace gmail_mcp::mcp
