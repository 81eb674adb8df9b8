#pragma once

#include <boost/json/storage_ptr.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <variant>

namespace gmail_mcp::schema {

/// The limits for a stranger's JSON text. A value takes at least 24 bytes in memory, but only one
/// or two on the wire.
struct JsonRules {
  std::size_t depth = 64;
  std::size_t values = 200'000;
  bool allow_invalid_utf8 = false;
  bool allow_repeated_names = false;  // the last one counts
};

/// Why a text is refused.
struct JsonFault {
  enum class Kind { malformed, too_deep, too_many_values, repeated_name };

  Kind kind = Kind::malformed;
  std::string name;  // the repeated one; a long one is cut
};

/// Reads one JSON text. An object that names a member twice is refused, at any depth: two readers
/// would see two different texts. The tree lives in `storage`. Linear.
std::variant<boost::json::value, JsonFault> read_json(std::string_view text, const JsonRules& rules,
                                                      boost::json::storage_ptr storage = {});

/// Removes the backslash of each "\/" from a JSON text, which keeps its meaning (RFC 8259 §7). Some
/// encoders write all slashes so, and the parser copies a long string that has an escape.
void drop_slash_escapes(std::string& text);

}  // namespace gmail_mcp::schema
