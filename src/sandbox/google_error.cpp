#include "sandbox/google_error.h"

#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>

namespace gmail_mcp::sandbox {

namespace json = boost::json;

namespace {

void print_to(std::string& out, const json::value& value, const std::string& indent) {
  const auto deeper = indent + "  ";
  std::string_view separator = "\n";
  if (const auto* object = value.if_object(); object != nullptr && !object->empty()) {
    out += '{';
    for (const auto& [key, member] : *object) {
      out += separator;
      out += deeper;
      out += json::serialize(json::string{key});
      out += ": ";
      print_to(out, member, deeper);
      separator = ",\n";
    }
    out += "\n" + indent + "}";
  } else if (const auto* array = value.if_array(); array != nullptr && !array->empty()) {
    out += '[';
    for (const auto& item : *array) {
      out += separator;
      out += deeper;
      print_to(out, item, deeper);
      separator = ",\n";
    }
    out += "\n" + indent + "]";
  } else {
    out += json::serialize(value);
  }
}

struct Usual {
  int code;
  std::string_view status;
  std::string_view reason;
  std::string_view domain;
  std::string_view message;
};

// The first row of a code is its usual reason.
constexpr std::array usuals{
    Usual{400, "INVALID_ARGUMENT", "invalidArgument", "global",
          "Request contains an invalid argument."},
    Usual{400, "FAILED_PRECONDITION", "failedPrecondition", "global", "Precondition check failed."},
    Usual{401, "UNAUTHENTICATED", "authError", "global",
          "Request had invalid authentication credentials. Expected OAuth 2 access token, login "
          "cookie or other valid authentication credential. See "
          "https://developers.google.com/identity/sign-in/web/devconsole-project."},
    Usual{403, "PERMISSION_DENIED", "forbidden", "global", "Forbidden"},
    Usual{403, "PERMISSION_DENIED", "insufficientPermissions", "global",
          "Request had insufficient authentication scopes."},
    Usual{403, "PERMISSION_DENIED", "dailyLimitExceeded", "usageLimits", "Daily Limit Exceeded"},
    Usual{403, "PERMISSION_DENIED", "userRateLimitExceeded", "usageLimits",
          "User Rate Limit Exceeded"},
    Usual{403, "PERMISSION_DENIED", "rateLimitExceeded", "usageLimits", "Rate Limit Exceeded"},
    Usual{403, "PERMISSION_DENIED", "domainPolicy", "global",
          "The domain administrators have disabled Gmail apps."},
    Usual{403, "PERMISSION_DENIED", "accessNotConfigured", "usageLimits",
          "Gmail API has not been used in this project before or it is disabled."},
    Usual{404, "NOT_FOUND", "notFound", "global", "Requested entity was not found."},
    Usual{409, "ABORTED", "aborted", "global", "The operation was aborted."},
    Usual{413, "INVALID_ARGUMENT", "uploadTooLarge", "global", "Request Entity Too Large"},
    Usual{429, "RESOURCE_EXHAUSTED", "rateLimitExceeded", "usageLimits",
          "Too many concurrent requests for user"},
    Usual{429, "RESOURCE_EXHAUSTED", "userRateLimitExceeded", "usageLimits",
          "User-rate limit exceeded."},
    Usual{500, "INTERNAL", "backendError", "global", "Internal error encountered."},
    Usual{502, "UNAVAILABLE", "backendError", "global", "Bad Gateway"},
    Usual{503, "UNAVAILABLE", "backendError", "global", "The service is currently unavailable."},
    Usual{504, "DEADLINE_EXCEEDED", "backendError", "global", "Deadline expired."},
};

// "CONSUMER_SUSPENDED": a reason of Google's newer format.
bool is_in_capitals(std::string_view reason) {
  return !reason.empty() && std::all_of(reason.begin(), reason.end(),
                                        [](char c) { return c == '_' || (c >= 'A' && c <= 'Z'); });
}

}  // namespace

std::string print(const json::value& value, bool pretty) {
  if (!pretty) return json::serialize(value);
  std::string out;
  print_to(out, value, "");
  out += '\n';
  return out;
}

http::Response json_response(int status, const json::value& body, bool pretty) {
  http::Response response;
  response.status = status;
  response.headers.add("Content-Type", "application/json; charset=UTF-8");
  response.headers.add("Cache-Control", "private");
  response.body = print(body, pretty);
  return response;
}

http::Response to_response(const GoogleError& error) {
  // For 401 and missing scopes, the text in `errors` is shorter than `message`.
  std::string_view short_message = error.message;
  if (error.reason == "authError") short_message = "Invalid Credentials";
  if (error.reason == "insufficientPermissions") short_message = "Insufficient Permission";
  json::object item{{"message", short_message}, {"domain", error.domain}, {"reason", error.reason}};
  if (!error.location.empty()) {
    item["location"] = error.location;
    item["locationType"] = error.location_type;
  }
  json::object body{{"code", error.code}, {"message", error.message}};
  if (!error.reason.empty()) body["errors"] = json::array{std::move(item)};
  body["status"] = error.status;
  if (!error.details.is_null()) body["details"] = error.details;
  auto response = json_response(error.code, json::object{{"error", std::move(body)}});
  if (error.code == 401) {
    response.headers.add("WWW-Authenticate",
                         "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"");
  }
  return response;
}

GoogleError usual_error(int status, std::string_view reason) {
  const Usual* found = nullptr;
  const Usual* elsewhere = nullptr;  // the same reason at another status
  for (const auto& usual : usuals) {
    if (usual.reason == reason && usual.code != status) elsewhere = &usual;
    if (usual.code != status) continue;
    if (found == nullptr || usual.reason == reason) found = &usual;
  }
  GoogleError error;
  error.code = status;
  if (found != nullptr) {
    error.status = found->status;
    error.reason = found->reason;
    error.domain = found->domain;
    error.message = found->message;
  } else {
    error.status = "UNKNOWN";
    error.reason = "unknown";
    error.message = "Unknown Error.";
  }
  if (elsewhere != nullptr && error.reason != reason) {
    error.reason = elsewhere->reason;
    error.domain = elsewhere->domain;
    error.message = elsewhere->message;
  }
  if (is_in_capitals(reason)) {
    error.reason = {};
    error.message = "The request is denied.";
    error.details = json::array{json::object{{"@type", "type.googleapis.com/google.rpc.ErrorInfo"},
                                             {"reason", reason},
                                             {"domain", "googleapis.com"}}};
  }
  if (error.reason == "authError") {
    error.location = "Authorization";
    error.location_type = "header";
  }
  return error;
}

GoogleError to_google(const Error& error) {
  int status = 500;
  if (error.code == Errc::invalid_argument) status = 400;
  if (error.code == Errc::not_found) status = 404;
  if (error.code == Errc::conflict) status = 409;
  if (error.code == Errc::too_large) status = 413;
  auto google = usual_error(status, "");
  if (status != 500) google.message = error.message;
  return google;
}

}  // namespace gmail_mcp::sandbox
