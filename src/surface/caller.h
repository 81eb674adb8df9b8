#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/credentials.h"
#include "http/server.h"
#include "model/caller.h"

namespace gmail_mcp::surface {

/// Who may knock, and how: shared by every HTTP door.
struct DoorRules {
  accounts::CallerRules callers;
  bool require_user = true;  // on /mcp, beyond loopback
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> allowed_hosts;    // besides loopback names
  std::vector<std::string> allowed_origins;  // besides our own
  std::string public_host;                   // host of public_url
  std::string public_origin;                 // its scheme, host and port
};

/// Who calls, judged by the head alone, before any body is read. Throws unauthenticated,
/// invalid_argument, forbidden. What `check_origin` and `check_host` refuse does not get in:
/// whoever shows a credential has proved himself by it, so only the others are judged by their
/// Host.
model::Caller caller_of(const http::RequestHead& head, const DoorRules& rules);

/// As caller_of, for /mcp: beyond loopback an Application must say for whom it calls.
model::Caller mcp_caller_of(const http::RequestHead& head, const DoorRules& rules);

/// Whether what the person types reaches us unread by others: TLS up to us, or up to a proxy whose
/// word counts, or a browser on this very machine. `public_url` is how people reach us.
bool is_private(const http::RequestHead& head, const DoorRules& rules,
                const std::string& public_url);

/// The address of who asks: the peer's, or what a trusted proxy says of it.
std::string client_address(const http::RequestHead& head, const DoorRules& rules);

/// What a web page sends: its Origin must be the server's own or a configured one, and another
/// site's page must show one. Where a token is needed, which a page that has it was given, a page
/// of this machine may call as well. Throws forbidden; invalid_argument for two Origins.
void check_origin(const http::RequestHead& head, const DoorRules& rules);
/// DNS rebinding: on a loopback socket the Host must be a loopback name or a configured one. Throws
/// forbidden.
void check_host(const http::RequestHead& head, const DoorRules& rules);

}  // namespace gmail_mcp::surface
