#pragma once

#include <string>
#include <string_view>

#include "http/message.h"
#include "sandbox/counters.h"
#include "sandbox/gmail_call.h"
#include "sandbox/grants.h"

namespace gmail_mcp::sandbox {

/// A request as the Gmail API sees it: one that came by itself or a part of a batch.
struct ApiRequest {
  std::string verb;
  std::string path;   // still encoded
  std::string query;  // without '?'
  http::Headers headers;
  std::string body;
};

/// The Gmail REST API without its transport: who may do what, and Google's way of answering.
class GmailApi {
 public:
  GmailApi(World& world, Grants& grants, Counters& counters)
      : world_{world}, grants_{grants}, counters_{counters} {}

  /// Whose mailbox the request is for, by its token; nullptr if the token is not valid.
  Account* account_of(const http::Headers& headers) const;

  http::Response answer(const ApiRequest& request);

  /// The largest size that a proper body of this request can have.
  static std::size_t body_limit(const GmailRoute& route);

 private:
  http::Response perform(const GmailRoute& route, const ApiRequest& request);

  World& world_;
  Grants& grants_;
  Counters& counters_;
};

/// The token of "Authorization: Bearer …"; "" if there is none.
std::string_view bearer_token(const http::Headers& headers);

}  // namespace gmail_mcp::sandbox
