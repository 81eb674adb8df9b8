#include "surface/caller.h"

#include <algorithm>
#include <array>

#include "base/text.h"
#include "http/url.h"

namespace gmail_mcp::surface {

namespace {

// Headers that proxies, load balancers and content networks add. A program on this machine has no
// reason to send them.
bool is_written_by_proxies(std::string_view name) {
  static constexpr auto names = std::to_array<std::string_view>(
      {"cdn-loop", "cf-connecting-ip", "fastly-client-ip", "fly-client-ip", "forwarded",
       "true-client-ip", "via", "x-client-ip", "x-cluster-client-ip", "x-envoy-external-address",
       "x-original-forwarded-for", "x-original-host", "x-real-ip"});
  // Nearly every field begins with another letter.
  constexpr std::string_view first_letters = "cfvtxCFVTX";
  if (name.empty() || first_letters.find(name.front()) == std::string_view::npos) return false;
  constexpr std::string_view family = "x-forwarded";
  return equals_ignoring_case(name.substr(0, family.size()), family) ||
         std::any_of(names.begin(), names.end(), [name](std::string_view one) {
           return one.size() == name.size() && equals_ignoring_case(one, name);
         });
}

bool carries_forwarding(const http::RequestHead& head) {
  return std::any_of(head.headers.begin(), head.headers.end(),
                     [](const auto& field) { return is_written_by_proxies(field.first); });
}

// The host in a Host header or in a setting; "" if there is none.
std::string host_of(std::string_view text) {
  auto authority = http::Authority::parse(text);
  return authority ? std::move(authority->host) : std::string{};
}

bool is_loopback_name(std::string_view host) {
  return host == "localhost" || host == "::1" || host == "127.0.0.1";
}

accounts::CallerEvidence evidence_of(const http::RequestHead& head) {
  accounts::CallerEvidence evidence;
  evidence.authorization = head.headers.get("authorization");
  evidence.authorization_count = head.headers.count("authorization");
  for (const auto& [name, value] : head.headers) {
    if (equals_ignoring_case(name, "x-gmail-mcp-user")) evidence.user_headers.push_back(value);
  }
  evidence.peer_is_loopback = head.peer_is_loopback;
  // A proxy, trusted or not, must not turn the internet into an application: without a token only a
  // direct caller from loopback is accepted.
  evidence.forwarded = carries_forwarding(head);
  return evidence;
}

}  // namespace

Task<model::Caller> caller_of(const http::RequestHead& head, const DoorRules& rules) {
  check_origin(head, rules);
  const auto evidence = evidence_of(head);
  auto judged = accounts::identify(evidence, rules.callers);
  if (judged) {
    if (evidence.authorization_count == 0) check_host(head, rules);
    co_return std::move(judged).value();
  }
  auto refusal = std::move(judged).error();
  if (refusal.code != Errc::unauthenticated || rules.recognizers.empty()) throw Error{refusal};
  if (evidence.authorization_count == 0) {
    // Where somebody has a token, the server is not closed.
    const bool knows_some = co_await knows_tokens(rules);
    if (knows_some) throw accounts::credential_needed();
    throw Error{refusal};
  }
  co_return co_await accounts::recognize(evidence, rules.recognizers, std::move(refusal));
}

Task<bool> knows_tokens(const DoorRules& rules) {
  for (auto* one : rules.recognizers) {
    try {
      const bool is_used = co_await one->is_used();
      if (is_used) co_return true;
    } catch (const Error&) {
      // A database that does not answer says so elsewhere.
    }
  }
  co_return false;
}

Task<bool> is_closed(const DoorRules& rules) {
  const bool may_be = accounts::is_closed_beyond_loopback(rules.callers);
  if (!may_be || rules.callers.is_loopback_only) co_return false;
  const bool knows_some = co_await knows_tokens(rules);
  co_return !knows_some;
}

Task<model::Caller> mcp_caller_of(const http::RequestHead& head, const DoorRules& rules) {
  auto caller = co_await caller_of(head, rules);
  // A request through a proxy comes from elsewhere, even if the proxy is trusted.
  const bool local = head.peer_is_loopback && !carries_forwarding(head);
  if (rules.require_user && !local && caller.kind == model::CallerKind::application &&
      !caller.only_user) {
    throw Error{Errc::forbidden,
                "Beyond loopback, an application must name its user on /mcp: the header "
                "X-Gmail-MCP-User is missing.",
                "Send X-Gmail-MCP-User: <user_id>, so that an agent reading hostile mail holds one "
                "user's mailboxes only; or set server.require_user to false."};
  }
  co_return caller;
}

namespace {

bool is_trusted_proxy(const http::RequestHead& head, const DoorRules& rules) {
  return std::find(rules.trusted_proxies.begin(), rules.trusted_proxies.end(), head.peer_address) !=
         rules.trusted_proxies.end();
}

}  // namespace

bool is_private(const http::RequestHead& head, const DoorRules& rules,
                const std::string& public_url) {
  if (head.tls) return true;
  const auto url = http::Url::parse(public_url);
  if (!url) return false;
  // A proxy on this machine that terminates TLS need not be configured for this check.
  if (head.peer_is_loopback || is_trusted_proxy(head, rules)) {
    if (head.headers.count("x-forwarded-proto") > 0) {
      return equals_ignoring_case(head.headers.last_element("x-forwarded-proto"), "https");
    }
    if (url->scheme == "https") return true;
  }
  // A person who opens localhost in their browser is at this machine, or at the end of their own
  // tunnel.
  return url->is_loopback() && is_loopback_name(host_of(head.headers.get("host"))) &&
         !carries_forwarding(head);
}

std::string client_address(const http::RequestHead& head, const DoorRules& rules) {
  if (is_trusted_proxy(head, rules)) {
    const auto client = head.headers.last_element("x-forwarded-for");
    if (!client.empty() && client.size() <= 64) return std::string{client};
  }
  return head.peer_address;
}

namespace {

bool is_host_allowed(const http::RequestHead& head, const DoorRules& rules) {
  if (!head.local_is_loopback) return true;
  const auto host = host_of(head.headers.get("host"));
  if (host.empty()) return false;
  if (is_loopback_name(host) || host == rules.public_host) return true;
  return std::any_of(rules.allowed_hosts.begin(), rules.allowed_hosts.end(),
                     [&](const auto& one) { return host_of(one) == host; });
}

// A page that this server delivered. Behind a proxy it is known by public_url.
bool is_own_origin(const http::Url& origin, const http::RequestHead& head, const DoorRules& rules) {
  if (origin.origin() == rules.public_origin) return true;
  const auto own =
      http::Url::parse((head.tls ? "https://" : "http://") + std::string{head.headers.get("host")});
  return own && own->origin() == origin.origin();
}

bool is_origin_allowed(std::string_view text, const http::RequestHead& head,
                       const DoorRules& rules) {
  const auto& configured = rules.allowed_origins;
  if (std::find(configured.begin(), configured.end(), text) != configured.end()) return true;
  const auto origin = http::Url::parse(text);
  if (!origin) return false;  // also "null", which sandboxed frames and files send
  if (is_own_origin(*origin, head, rules)) return true;
  const auto& callers = rules.callers;
  const bool needs_token =
      !callers.auth_token.empty() || !callers.operator_token.empty() || callers.has_sign_in;
  return needs_token && origin->is_loopback();
}

}  // namespace

void check_origin(const http::RequestHead& head, const DoorRules& rules) {
  const auto origins = head.headers.count("origin");
  if (origins > 1) {
    throw Error{Errc::invalid_argument, "The request has more than one Origin.",
                "Send the Origin header once, or not at all."};
  }
  // A browser says whose page asks even when it sends no Origin: for an image, a form or a link.
  const auto site = to_lower_ascii(trim(head.headers.get("sec-fetch-site")));
  const bool from_elsewhere = origins == 0 && (site == "cross-site" || site == "same-site");
  const bool allowed = origins == 0 || is_origin_allowed(head.headers.get("origin"), head, rules);
  if (allowed && !from_elsewhere) return;
  throw Error{Errc::forbidden, "Web pages of that origin may not call this server.",
              "Add the page's origin, such as https://app.example, to server.allowed_origins."};
}

void check_host(const http::RequestHead& head, const DoorRules& rules) {
  if (is_host_allowed(head, rules)) return;
  throw Error{Errc::forbidden, "This server does not answer to that Host name.",
              "Use localhost, send the credential, or add the name to server.allowed_hosts."};
}

}  // namespace gmail_mcp::surface
