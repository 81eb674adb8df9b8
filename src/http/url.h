#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace gmail_mcp::http {

/// An absolute http(s) URL taken apart (RFC 3986).
struct Url {
  std::string scheme;      // lower case
  std::string host;        // lower case, without brackets
  std::uint16_t port = 0;  // the scheme's default if the text had none
  std::string path;        // encoded, "/" at least
  std::string query;       // encoded, without '?'

  static Result<Url> parse(std::string_view text);
  std::string origin() const;  // scheme://host[:port]
  bool is_loopback() const;    // localhost, 127.0.0.0/8, [::1]
};

/// Whether the text is a path, with or without a query, that Url::parse would take as it is: what
/// follows an origin that was looked at before.
bool is_plain_target(std::string_view text);

/// `host[:port]` as in a Host field or a proxy list (RFC 3986 §3.2.2, without user name): the host
/// in lower case, without brackets. nullopt for anything else, also for "".
struct Authority {
  std::string host;
  std::string port;  // digits, or none

  static std::optional<Authority> parse(std::string_view text);
};

using QueryFields = std::vector<std::pair<std::string, std::string>>;

/// "a=1&b=x%20y": for a query or an application/x-www-form-urlencoded body.
std::string encode_query(const QueryFields& fields);
/// Tolerates a missing '='; nullopt on a broken escape.
std::optional<QueryFields> decode_query(std::string_view text);
/// The first value of `name`, or "".
std::string_view query_value(const QueryFields& fields, std::string_view name);

}  // namespace gmail_mcp::http
