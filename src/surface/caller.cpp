#include "surface/caller.h"

#include <algorithm>

#include "base/text.h"
#include "http/url.h"

namespace gmail_mcp::surface {

namespace {

bool carries_forwarding(const http::RequestHead& head) {
  return std::any_of(head.headers.begin(), head.headers.end(), [](const auto& field) {
    const auto& name = field.first;
    return equals_ignoring_case(name, "forwarded") || equals_ignoring_case(name, "via") ||
           (name.size() > 12 && equals_ignoring_case(name.substr(0, 12), "x-forwarded-"));
  });
}

// The host of a Host header, without its port and without brackets.
std::string host_of(std::string_view authority) {
  if (authority.starts_with('[')) {
    const auto close = authority.find(']');
    return to_lower_ascii(authority.substr(1, close == std::string_view::npos ? close : close - 1));
  }
  return to_lower_ascii(authority.substr(0, authority.find(':')));
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "127.0.0.1";
}

}  // namespace

model::Caller caller_of(const http::RequestHead& head, const DoorRules& rules) {
  accounts::CallerEvidence evidence;
  evidence.authorization = head.headers.get("authorization");
  evidence.authorization_count = head.headers.count("authorization");
  for (const auto& [name, value] : head.headers) {
    if (equals_ignoring_case(name, "x-gmail-mcp-user")) evidence.user_headers.push_back(value);
  }
  evidence.peer_is_loopback = head.peer_is_loopback;
  // A proxy, trusted or not, must not make the internet an application: tokenless needs a direct
  // loopback caller.
  evidence.forwarded = carries_forwarding(head);
  return accounts::identify(evidence, rules.callers).value();
}

model::Caller mcp_caller_of(const http::RequestHead& head, const DoorRules& rules) {
  auto caller = caller_of(head, rules);
  // What came through a proxy came from elsewhere, however much the proxy is trusted.
  const bool local = head.peer_is_loopback && !carries_forwarding(head);
  if (rules.require_user && !local && caller.kind == model::CallerKind::application &&
      !caller.only_user) {
    throw Error{Errc::forbidden,
                "Beyond loopback, an application must name its user on /mcp: the header "
                "X-Gmail-MCP-User is missing.",
                "Send X-Gmail-MCP-User: <user_id>, so that an agent reading hostile mail holds one "
                "user's mailboxes only; or set server.require_user to false."};
  }
  return caller;
}

namespace {

bool is_trusted_proxy(const http::RequestHead& head, const DoorRules& rules) {
  return std::find(rules.trusted_proxies.begin(), rules.trusted_proxies.end(), head.peer_address) !=
         rules.trusted_proxies.end();
}

// The last of a list is what the proxy next to us has written.
std::string_view last_of(std::string_view list) {
  const auto comma = list.rfind(',');
  return trim(comma == std::string_view::npos ? list : list.substr(comma + 1));
}

}  // namespace

bool is_private(const http::RequestHead& head, const DoorRules& rules,
                const std::string& public_url) {
  if (head.tls) return true;
  const auto url = http::Url::parse(public_url);
  if (!url) return false;
  // A proxy on this machine that ends TLS need not be named; its word against itself counts.
  if (head.peer_is_loopback || is_trusted_proxy(head, rules)) {
    const auto* proto = head.headers.find("x-forwarded-proto");
    if (proto != nullptr) return equals_ignoring_case(last_of(*proto), "https");
    if (url->scheme == "https") return true;
  }
  // Whoever typed localhost into her browser sits at this machine, or at the end of her own tunnel.
  return url->is_loopback() && is_loopback_name(host_of(head.headers.get("host"))) &&
         !carries_forwarding(head);
}

std::string client_address(const http::RequestHead& head, const DoorRules& rules) {
  if (is_trusted_proxy(head, rules)) {
    if (const auto* chain = head.headers.find("x-forwarded-for")) {
      const auto client = last_of(*chain);
      if (!client.empty() && client.size() <= 64) return std::string{client};
    }
  }
  return head.peer_address;
}

bool is_host_allowed(const http::RequestHead& head, const DoorRules& rules) {
  if (!head.local_is_loopback) return true;
  const auto host = host_of(head.headers.get("host"));
  if (is_loopback_name(host) || (!rules.public_host.empty() && host == rules.public_host)) {
    return true;
  }
  return std::any_of(rules.allowed_hosts.begin(), rules.allowed_hosts.end(),
                     [&](const auto& one) { return host_of(one) == host; });
}

bool is_origin_allowed(std::string_view origin, const DoorRules& rules) {
  for (const auto& one : rules.allowed_origins) {
    if (one == origin) return true;
  }
  const auto url = http::Url::parse(origin);
  if (!url) return false;
  return url->is_loopback() || (!rules.public_host.empty() && url->host == rules.public_host);
}

void check_host_and_origin(const http::RequestHead& head, const DoorRules& rules) {
  if (!is_host_allowed(head, rules)) {
    throw Error{Errc::forbidden, "This server does not answer to that Host name.",
                "Use localhost, or add the name to server.allowed_hosts."};
  }
  if (const auto* origin = head.headers.find("origin");
      origin != nullptr && !is_origin_allowed(*origin, rules)) {
    throw Error{Errc::forbidden, "Web pages of that origin may not call this server.",
                "Add the origin to server.allowed_origins."};
  }
}

}  // namespace gmail_mcp::surface
