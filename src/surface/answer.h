#pragma once

#include <boost/json/object.hpp>

#include "base/error.h"
#include "base/task.h"
#include "http/message.h"
#include "operation/outcome.h"

namespace gmail_mcp::surface {

using http::http_status;

http::Response json_response(int status, std::string body);
http::Response json_response(int status, const boost::json::object& body);
/// The error object with its status and Retry-After, without a challenge
/// (surface/protected_resource.h).
http::Response error_response(const Error& error);
/// The outcome as JSON, with the status and headers of a failure.
Task<http::Response> outcome_response(operation::Outcome& outcome, WorkPool* pool);

}  // namespace gmail_mcp::surface
