#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace gmail_mcp::accounts {

/// Where a program wants people to be sent back with a code (RFC 6749 §3.1.2, RFC 8252 §7).
struct RedirectUri {
  enum class Kind {
    https,           // a site
    loopback,        // a program on the person's machine
    private_scheme,  // an app on the person's machine: com.example.app:/done
  };

  Kind kind = Kind::https;
  std::string text;    // as it was given
  std::string shown;   // for people: the host, or the scheme
  std::string origin;  // for a Content-Security-Policy: "https://host", "com.example.app:"

  /// invalid_argument for anything that browsers, servers and people might read differently: user
  /// names, fragments, dot segments, backslashes, blanks; for http beyond loopback; for schemes
  /// that are no app's (javascript, data, file).
  static Result<RedirectUri> parse(std::string_view text);
};

/// Whether `given` is `registered`: the same byte by byte. Of loopback ones the port may differ,
/// because a program takes any that is free (RFC 8252 §7.3).
bool is_same_redirect(std::string_view registered, std::string_view given);

}  // namespace gmail_mcp::accounts
