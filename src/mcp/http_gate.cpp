#include "mcp/http_gate.h"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "base/text.h"
#include "http/url.h"

namespace gmail_mcp::mcp {

namespace {

bool is_loopback_name(const std::string& host) {
  if (host == "localhost" || host == "127.0.0.1") return true;
  // In a URL an IPv6 address needs its brackets again.
  const bool six = host.find(':') != std::string::npos;
  const auto url = http::Url::parse(six ? "http://[" + host + "]" : "http://" + host);
  return url && url->is_loopback();
}

bool origin_allowed(const http::Headers& headers, const std::vector<std::string>& origins) {
  const auto* origin = headers.find("Origin");
  if (!origin) return true;
  const auto url = http::Url::parse(*origin);
  if (!url) return false;  // also "null", which sandboxed frames and files send
  return url->is_loopback() || std::ranges::find(origins, url->origin()) != origins.end();
}

bool accepts_both(std::string_view accept) {
  return accept == "application/json, text/event-stream" || accept == "*/*";
}

std::string_view media_type(std::string_view text) { return trim(text.substr(0, text.find(';'))); }

bool refused_by_quality(std::string_view range) {
  for (const auto& parameter : split(range, ';')) {
    const auto text = to_lower_ascii(trim(parameter));
    if (text == "q=0" || text == "q=0.0" || text == "q=0.00" || text == "q=0.000") return true;
  }
  return false;
}

constexpr std::string_view browser_headers =
    "authorization, content-type, accept, last-event-id, mcp-protocol-version, mcp-session-id, "
    "mcp-method, mcp-name, x-gmail-mcp-user";

}  // namespace

SourceRule default_source_rule(std::vector<std::string> origins, std::vector<std::string> hosts) {
  return [origins = std::move(origins),
          hosts = std::move(hosts)](const http::RequestHead& head) -> std::optional<Error> {
    const Error stranger{Errc::forbidden,
                         "This server does not answer requests with that Host or Origin.",
                         "Call it as localhost, from a page of this machine or from none."};
    if (head.headers.count("Origin") > 1) {
      return Error{Errc::invalid_argument, "The request has more than one Origin.",
                   "Send the Origin header once, or not at all."};
    }
    if (!origin_allowed(head.headers, origins)) return stranger;
    if (!head.local_is_loopback) return std::nullopt;
    if (head.headers.count("Host") != 1) return stranger;
    const auto host = http::Authority::parse(head.headers.get("Host"));
    const bool known = host && (is_loopback_name(host->host) ||
                                std::ranges::find(hosts, host->host) != hosts.end());
    if (!known) return stranger;
    return std::nullopt;
  };
}

http::Headers cors_headers(const http::RequestHead& head) {
  http::Headers headers;
  const auto* origin = head.headers.find("Origin");
  if (!origin) return headers;
  headers.add("Access-Control-Allow-Origin", *origin);
  headers.add("Access-Control-Expose-Headers", "WWW-Authenticate, Mcp-Session-Id");
  headers.add("Vary", "Origin");
  return headers;
}

http::Response preflight_answer(const http::RequestHead& head) {
  http::Response response{204, cors_headers(head), {}};
  response.headers.add("Allow", "POST, GET, DELETE, OPTIONS");
  if (response.headers.size() == 1) return response;
  std::string allowed{browser_headers};
  // Tools choose the names of Mcp-Param-* headers; a browser asks for each by name.
  for (const auto& name : split(head.headers.get("Access-Control-Request-Headers"), ',')) {
    const auto wanted = to_lower_ascii(trim(name));
    if (wanted.starts_with("mcp-param-")) allowed += ", " + wanted;
  }
  response.headers.add("Access-Control-Allow-Methods", "POST, GET, DELETE, OPTIONS");
  response.headers.add("Access-Control-Allow-Headers", std::move(allowed));
  response.headers.add("Access-Control-Max-Age", "600");
  return response;
}

Accepted accepted_by(const http::Headers& headers) {
  const auto* accept = headers.find("Accept");
  if (!accept || (accepts_both(*accept) && headers.count("Accept") == 1)) return {true, true};
  Accepted accepted;
  Accepted refused;
  for (const auto& [name, value] : headers) {
    if (!equals_ignoring_case(name, "Accept")) continue;
    for (const auto& range : split(value, ',')) {
      const auto type = to_lower_ascii(media_type(range));
      if (refused_by_quality(range)) {
        // A specific refusal outweighs a general permission.
        refused.json |= type == "application/json";
        refused.events |= type == "text/event-stream";
        continue;
      }
      const bool any = type == "*/*";
      accepted.json |= any || type == "application/*" || type == "application/json";
      accepted.events |= any || type == "text/*" || type == "text/event-stream";
    }
  }
  return {accepted.json && !refused.json, accepted.events && !refused.events};
}

bool is_json(const http::Headers& headers) {
  return equals_ignoring_case(media_type(headers.get("Content-Type")), "application/json");
}

http::Response default_error_answer(const Error& error, const http::RequestHead& head) {
  boost::json::object body{{"error", error.message}, {"code", to_string(error.code)}};
  if (!error.hint.empty()) body.emplace("hint", error.hint);
  auto response = http::json_response(http::http_status(error.code), boost::json::serialize(body));
  const bool presented = head.headers.find("Authorization") != nullptr;
  if (error.code == Errc::unauthenticated) {
    response.headers.add("WWW-Authenticate",
                         presented ? "Bearer error=\"invalid_token\"" : "Bearer");
  } else if (error.code == Errc::forbidden && !error.missing_scope.empty()) {
    response.headers.add("WWW-Authenticate", "Bearer error=\"insufficient_scope\", scope=\"" +
                                                 error.missing_scope + "\"");
  }
  if (error.retry_after) {
    response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  }
  return response;
}

}  // namespace gmail_mcp::mcp
