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
  std::vector<std::string> allowed_origins;  // besides loopback origins
  std::string public_host;                   // host of public_url
};

/// Who calls, judged by the head alone, before any body is read. Throws unauthenticated,
/// invalid_argument, forbidden.
model::Caller caller_of(const http::RequestHead& head, const DoorRules& rules);

/// As caller_of, for /mcp: beyond loopback an Application must say for whom it calls.
model::Caller mcp_caller_of(const http::RequestHead& head, const DoorRules& rules);

/// Whether what the person types reaches us unread by others: TLS up to us, or up to a proxy whose
/// word counts, or a browser on this very machine. `public_url` is how people reach us.
bool is_private(const http::RequestHead& head, const DoorRules& rules,
                const std::string& public_url);

/// The address of who asks: the peer's, or what a trusted proxy says of it.
std::string client_address(const http::RequestHead& head, const DoorRules& rules);

/// DNS rebinding: on a loopback socket the Host must be a loopback name or a configured one, and a
/// browser's Origin must be allowed. Throws forbidden.
void check_host_and_origin(const http::RequestHead& head, const DoorRules& rules);
bool is_host_allowed(const http::RequestHead& head, const DoorRules& rules);
bool is_origin_allowed(std::string_view origin, const DoorRules& rules);

}  // namespace gmail_mcp::surface
