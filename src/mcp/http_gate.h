#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "http/server.h"

namespace gmail_mcp::mcp {

/// Checks of a request before its body is read: where it comes from, and which answers its sender
/// accepts. Pure.

/// Why a request with this Host and Origin is not served; nullopt: it is. Protects against web
/// pages that reach a local server through a domain name of their own (DNS rebinding).
using SourceRule = std::function<std::optional<Error>(const http::RequestHead&)>;

/// On a loopback socket Host must name a loopback host (any port) or one of `hosts`; on other
/// sockets any host is accepted. Origin must be absent, a loopback one, or one of `origins`
/// ("https://app.example").
SourceRule default_source_rule(std::vector<std::string> origins = {},
                               std::vector<std::string> hosts = {});

/// The headers that an allowed browser origin needs on every answer; empty without an Origin.
http::Headers cors_headers(const http::RequestHead& head);
/// The answer to OPTIONS.
http::Response preflight_answer(const http::RequestHead& head);

struct Accepted {
  bool json = false;
  bool events = false;
};
Accepted accepted_by(const http::Headers& headers);
bool is_json(const http::Headers& headers);

/// For programs without an error format of their own: {"error", "code", "hint"} with the status of
/// its Errc, WWW-Authenticate and Retry-After.
http::Response default_error_answer(const Error& error, const http::RequestHead& head = {});

}  // namespace gmail_mcp::mcp
