#include "http/message.h"

#include <algorithm>

#include "base/text.h"

namespace gmail_mcp::http {

namespace {

// Each request is asked for some twenty names, and most of its fields have another length.
bool is_named(const Headers::Field& field, std::string_view name) {
  return field.first.size() == name.size() && equals_ignoring_case(field.first, name);
}

}  // namespace

void Headers::set(std::string name, std::string value) {
  remove(name);
  add(std::move(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [&](const Field& field) { return is_named(field, name); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const auto& field : fields_) {
    if (is_named(field, name)) return &field.second;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view{} : *value;
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      fields_.begin(), fields_.end(), [&](const Field& field) { return is_named(field, name); }));
}

std::string_view Headers::last_element(std::string_view name) const {
  std::string_view last;
  for (const auto& field : fields_) {
    if (!is_named(field, name)) continue;
    const std::string_view value = field.second;
    std::size_t begin = 0;
    bool quoted = false;
    for (std::size_t at = 0; at < value.size(); ++at) {
      if (quoted && value[at] == '\\') {
        ++at;
      } else if (value[at] == '"') {
        quoted = !quoted;
      } else if (value[at] == ',' && !quoted) {
        begin = at + 1;
      }
    }
    last = trim(value.substr(begin));
  }
  return last;
}

Response json_response(int status, std::string body, Headers extra) {
  Response response{status, std::move(extra), std::move(body)};
  response.headers.add("Content-Type", "application/json");
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.headers.add("Cross-Origin-Resource-Policy", "same-origin");
  return response;
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 203: return "Non-Authoritative Information";
    case 204: return "No Content";
    case 205: return "Reset Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 300: return "Multiple Choices";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 407: return "Proxy Authentication Required";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 421: return "Misdirected Request";
    case 422: return "Unprocessable Content";
    case 426: return "Upgrade Required";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 451: return "Unavailable For Legal Reasons";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "Unknown";
  }
}

int http_status(Errc code) {
  switch (code) {
    case Errc::invalid_argument: return 400;
    case Errc::unauthenticated: return 401;
    case Errc::forbidden:
    case Errc::insufficient_scope: return 403;
    case Errc::not_found: return 404;
    case Errc::conflict:
    case Errc::reconnect_required:
    case Errc::outcome_unknown: return 409;
    case Errc::too_large: return 413;
    case Errc::unsupported: return 422;
    case Errc::rate_limited: return 429;
    case Errc::internal: return 500;
    case Errc::unavailable:
    case Errc::misconfigured: return 503;
    case Errc::timeout: return 504;
  }
  return 500;
}

}  // namespace gmail_mcp::http
