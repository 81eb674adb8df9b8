#pragma once

#include <boost/json/object.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "schema/json_text.h"

namespace gmail_mcp::jwt {

/// The bytes of base64url without padding, in its one canonical form (RFC 7515 §2): otherwise one
/// token could be written in several ways. nullopt for anything else.
std::optional<std::string> base64url_bytes(std::string_view text);

/// A JSON object in which no name stands twice; nullopt for anything else.
std::optional<boost::json::object> read_object(std::string_view text,
                                               const schema::JsonRules& rules);

/// The text of a member; "" when there is none or it is no string.
std::string_view text_at(const boost::json::object& object, std::string_view name);

}  // namespace gmail_mcp::jwt
