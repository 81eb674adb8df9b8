#pragma once

#include <boost/json/object.hpp>

#include "base/error.h"
#include "http/message.h"
#include "operation/run.h"

namespace gmail_mcp::surface {

using http::http_status;

http::Response json_response(int status, std::string body);
http::Response json_response(int status, const boost::json::object& body);
/// The error object with its status, Retry-After and WWW-Authenticate.
http::Response error_response(const Error& error);
/// Takes the outcome's body.
http::Response outcome_response(operation::Outcome& outcome);

}  // namespace gmail_mcp::surface
