#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/connection.h"

namespace gmail_mcp::model {

/// A caller's request that a user connects an account.
struct FlowRequest {
  ExternalUserId user;
  std::vector<std::string> scopes;  // full URLs or short names; empty: the configured ones
  std::string redirect_uri;         // empty: the default one
  std::string return_url;           // empty: the person stays on our page
  std::string expected_email;       // empty: any account
  std::string display_name;         // proposed to the person who types an App Password
};

/// A flow that was begun.
struct FlowStart {
  std::string auth_url;     // Google's consent page
  std::string state;        // the secret of this flow
  std::string connect_url;  // our page, which explains and then leads to auth_url
  std::chrono::seconds expires_in{0};
};

/// A flow that was finished.
struct FlowEnd {
  Connection connection;
  std::string return_url;  // empty: none
  // Scopes of Google's consent, as full URLs: those requested, and those of them that were not
  // granted.
  std::vector<std::string> asked;
  std::vector<std::string> missing;
  std::string redirect_uri;
};

/// Whether a connection works now.
struct ConnectionCheck {
  bool valid = false;
  Connection connection;
  std::optional<std::chrono::seconds> token_expires_in;
  bool needs_reauth = false;
  std::optional<std::string> error;  // one sentence
  std::string connect_url;           // where to connect again, when needs_reauth
};

struct Disconnected {
  Connection connection;
  bool revoked = false;                     // Google confirmed
  std::optional<std::string> revoke_error;  // one sentence, if revoking was requested and failed
  bool archive_kept = false;
};

}  // namespace gmail_mcp::model
