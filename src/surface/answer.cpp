#include "surface/answer.h"

#include <boost/json/serialize.hpp>

namespace gmail_mcp::surface {

http::Response json_response(int status, const boost::json::object& body) {
  return json_response(status, boost::json::serialize(body));
}

http::Response json_response(int status, std::string body) {
  auto response = http::json_response(status, std::move(body));
  response.headers.add("Cache-Control", "no-store");
  return response;
}

namespace {

void add_failure_headers(http::Response& response, Errc code,
                         const std::optional<std::chrono::seconds>& retry_after) {
  if (retry_after) {
    response.headers.add("Retry-After", std::to_string(retry_after->count()));
  }
  if (code == Errc::unauthenticated) {
    response.headers.add("WWW-Authenticate", "Bearer realm=\"gmail-mcp\"");
  }
}

}  // namespace

http::Response error_response(const Error& error) {
  auto response = json_response(http_status(error.code), operation::error_object(error));
  add_failure_headers(response, error.code, error.retry_after);
  return response;
}

http::Response outcome_response(operation::Outcome& outcome) {
  if (outcome.ok) return json_response(200, std::move(outcome.body));
  auto response = json_response(http_status(outcome.code), std::move(outcome.body));
  add_failure_headers(response, outcome.code, outcome.retry_after);
  return response;
}

}  // namespace gmail_mcp::surface
