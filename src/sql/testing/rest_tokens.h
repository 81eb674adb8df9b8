#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include <boost/json/object.hpp>

namespace gmail_mcp::sql::testing {

/// A JSON Web Token, HS256 (RFC 7519), as a Supabase project signs those of its keys.
std::string make_token(const boost::json::object& claims, std::string_view secret);

/// What PostgREST says of a token that it does not take: the code and the message of its answer.
struct TokenFault {
  std::string code;  // PGRST301: unreadable or not signed so; PGRST303: its claims
  std::string message;
  std::string details;  // may be empty
};

/// The claims of a token, at this moment (seconds since 1970). Facts: PostgREST's documentation,
/// References, Authentication, and test/spec/Feature/Auth/AuthSpec.hs.
std::variant<boost::json::object, TokenFault> read_token(std::string_view token,
                                                         std::string_view secret, std::int64_t now);

}  // namespace gmail_mcp::sql::testing
