#pragma once

#include "http/server.h"
#include "surface/web.h"

namespace gmail_mcp::surface {

/// The page for who opens the server's address in a browser. It says what the address is for, shows
/// the one for MCP clients, and nothing about who uses it.
class HomePage {
 public:
  /// `people_sign_in`: whether a client can be given that address alone. `options` is borrowed.
  HomePage(const WebOptions& options, bool people_sign_in)
      : options_{options}, people_sign_in_{people_sign_in} {}

  Task<void> show(http::Exchange& exchange) const;

 private:
  const WebOptions& options_;
  bool people_sign_in_;
};

}  // namespace gmail_mcp::surface
