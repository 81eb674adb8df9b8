#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "sandbox/gmail_api.h"

namespace gmail_mcp::sandbox {

/// One call inside a batch.
struct BatchPart {
  std::string content_id;  // as sent, "<…>" included; "" if there is none
  ApiRequest request;
};

/// Takes a multipart/mixed batch apart; its outer headers (but Content-*) and query parameters
/// apply to every part, a part's own take precedence. Errc::invalid_argument for anything that is
/// not a batch or has over 100 parts. https://developers.google.com/gmail/api/guides/batch
Result<std::vector<BatchPart>> read_batch(const ApiRequest& outer);

/// The answers in the order of the parts, each with its own status.
http::Response write_batch(const std::vector<BatchPart>& parts,
                           const std::vector<http::Response>& answers);

/// An answer as the bytes of HTTP/1.1; a connection that is cut gets a piece of them.
std::string to_http(const http::Response& response);

}  // namespace gmail_mcp::sandbox
