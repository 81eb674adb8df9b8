#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"

namespace gmail_mcp::sandbox {

/// A refusal of a Google API.
struct GoogleError {
  int code = 400;
  std::string_view status;  // "INVALID_ARGUMENT"
  std::string_view reason;  // "invalidArgument"
  std::string message;
  std::string_view domain = "global";
  std::string_view location = {};       // "Authorization", "fields"
  std::string_view location_type = {};  // "header", "parameter"
  boost::json::value details = nullptr;
};

/// The body every Google API uses for it.
http::Response to_response(const GoogleError& error);

/// An Error of the mailbox in Google's words.
GoogleError to_google(const Error& error);

/// Google's usual words for a status and reason: 403 "domainPolicy", 500, … A reason of "" is the
/// usual one of the status; one in capitals, as "CONSUMER_SUSPENDED", comes in an ErrorInfo.
GoogleError usual_error(int status, std::string_view reason);

/// A JSON answer as Google sends it.
http::Response json_response(int status, const boost::json::value& body, bool pretty = true);

/// JSON text; `pretty` as Google's prettyPrint, which is on unless a request says otherwise.
std::string print(const boost::json::value& value, bool pretty);

}  // namespace gmail_mcp::sandbox
