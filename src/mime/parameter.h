#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::mime {

/// A header value with parameters, such as Content-Type (RFC 2045 §5.1) or Content-Disposition
/// (RFC 2183).
struct ParameterizedValue {
  struct Parameter {
    std::string name;  // lower case
    std::string bytes;
    std::string charset;       // of `bytes`, when the header declares it (RFC 2231 §4)
    bool is_extended = false;  // written in the form of RFC 2231
  };

  std::string value;                  // lower case, without comments and blanks
  std::vector<Parameter> parameters;  // few, each name once

  /// The bytes as sent: for tokens such as boundary and charset. Empty if there is none.
  std::string_view token(std::string_view name) const;

  /// Decoded text, RFC 2231 or (wrong, but frequent) RFC 2047: for file names. One line of UTF-8.
  std::string text(std::string_view name) const;
};

/// Tolerant: a missing quotation mark, a bare file name with blanks, a Windows path, continuations
/// in any order. The first of two equal names counts. Never fails; at most 64 parameters.
ParameterizedValue parse_parameterized(std::string_view raw);

}  // namespace gmail_mcp::mime
