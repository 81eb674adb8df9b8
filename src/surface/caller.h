#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/credentials.h"
#include "accounts/recognizer.h"
#include "accounts/scopes.h"
#include "base/task.h"
#include "http/server.h"
#include "model/caller.h"

namespace gmail_mcp::surface {

/// Who may call, and how: shared by every HTTP door.
struct DoorRules {
  accounts::CallerRules callers;
  /// Who knows bearer tokens that are not in the settings, in the order in which they are asked.
  /// Borrowed.
  std::vector<accounts::Recognizer*> recognizers = {};
  accounts::ScopeMap scopes = {};  // what the scopes of sign-ins allow
  bool require_user = true;        // on /mcp, beyond loopback
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> allowed_hosts;    // besides loopback names
  std::vector<std::string> allowed_origins;  // besides our own
  std::string public_host;                   // host of public_url
  std::string public_origin;                 // its scheme, host and port
};

/// The caller, judged only by the head, before the body is read. Throws unauthenticated,
/// invalid_argument, forbidden, and the same as `check_origin` and `check_host`. A valid
/// credential is proof enough, so only callers without one are judged by their Host. Both arguments
/// are borrowed until the end.
Task<model::Caller> caller_of(const http::RequestHead& head, const DoorRules& rules);

/// As caller_of, for /mcp: beyond loopback an Application must name the user it calls for.
Task<model::Caller> mcp_caller_of(const http::RequestHead& head, const DoorRules& rules);

/// Whether nobody but who uses the pages can be let in: no credential is configured or known, and
/// requests from this machine alone are not enough.
Task<bool> is_closed(const DoorRules& rules);
/// Whether any of the recognizers may know a token.
Task<bool> knows_tokens(const DoorRules& rules);

/// Whether no one else can read what the person types: TLS up to us or to a trusted proxy, or a
/// browser on this machine. `public_url` is the address by which people reach us.
bool is_private(const http::RequestHead& head, const DoorRules& rules,
                const std::string& public_url);

/// The caller's address: the peer's, or the one that a trusted proxy names.
std::string client_address(const http::RequestHead& head, const DoorRules& rules);

/// For requests by web pages: the Origin must be the server's own or a configured one, and a page
/// of another site must send one. When a token is required, a page on this machine may call as
/// well, because it must have been given the token. Throws forbidden; invalid_argument for two
/// Origins.
void check_origin(const http::RequestHead& head, const DoorRules& rules);
/// DNS rebinding: on a loopback socket the Host must be a loopback name or a configured one. Throws
/// forbidden.
void check_host(const http::RequestHead& head, const DoorRules& rules);

}  // namespace gmail_mcp::surface
