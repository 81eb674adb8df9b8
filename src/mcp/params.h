#pragma once

#include <string>
#include <string_view>

#include "mcp/jsonrpc.h"

namespace gmail_mcp::mcp {

/// Reads members of a request's params. Throws Error{invalid_argument} that names the member.

std::string required_text(const json::object& params, std::string_view name);
/// nullptr when absent or null.
const json::object* find_object(const json::object& params, std::string_view name);
/// A copy that outlives the message; {} when absent.
json::object copy_object(const json::object& params, std::string_view name);
/// Null when there is none, or one that cannot be echoed.
json::value progress_token(const json::object& params);
/// The id, as JSON text, that a notifications/cancelled names; "" for any other message.
std::string cancelled_request(const Message& message);
/// Our lists have one page, so any cursor but the empty one is refused.
void check_first_page(const json::object& params);

}  // namespace gmail_mcp::mcp
