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

void add_retry_after(http::Response& response, const Error& error) {
  if (error.retry_after) {
    response.headers.add("Retry-After", std::to_string(error.retry_after->count()));
  }
}

}  // namespace

http::Response error_response(const Error& error) {
  auto response = json_response(http_status(error.code), operation::error_object(error));
  add_retry_after(response, error);
  return response;
}

Task<http::Response> outcome_response(operation::Outcome& outcome, WorkPool* pool) {
  auto text = co_await operation::json_text(outcome, pool);
  const auto* failure = outcome.failure();
  if (failure == nullptr) co_return json_response(200, std::move(text));
  auto response = json_response(http_status(failure->error.code), std::move(text));
  add_retry_after(response, failure->error);
  co_return response;
}

}  // namespace gmail_mcp::surface
