#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/fair_share.h"
#include "base/task.h"
#include "http/message.h"

namespace gmail_mcp::http {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  // absolute, already encoded
  Headers headers;
  std::string body;
  std::shared_ptr<const std::string>
      shared_body;                            // instead of `body`, when the caller may try again
  std::chrono::milliseconds timeout{30'000};  // for the whole exchange
  std::size_t max_body = std::size_t{64} << 20;
  Shareholder reader;  // whose share a large answer counts against

  std::string_view sent_body() const { return shared_body ? *shared_body : body; }
};

struct ClientResponse {
  int status = 0;
  Headers headers;
  std::string body;
  int http_version = 11;  // 10, 11 or 20
  FairShare::Hold hold;   // the part of the reader's share that the body takes
};

struct ClientOptions {
  std::string ca_file;                          // PEM bundle; empty: the system's
  std::string proxy;                            // only from settings, never from the environment
  std::string user_agent = "gmail-mcp (gzip)";  // Google compresses only for agents that say gzip
  bool http2 = true;
  std::size_t connections_per_host = 64;
  /// For URLs that strangers name: connects to public addresses only, which are judged when the
  /// connection is made. Without a proxy, which would connect in our place.
  bool public_addresses_only = false;
};

/// Outbound HTTP. HTTPS is verified; plain HTTP goes to loopback only (Errc::misconfigured
/// otherwise); no redirects, no netrc, no environment. On one loop. Any answer with a status is a
/// ClientResponse; Error is thrown when there is none: `unavailable` (could not connect, cut),
/// `timeout`, `too_large`; `rate_limited` when a large answer does not fit into its reader's share.
/// Cancelling the caller aborts the transfer.
class Client {
 public:
  virtual ~Client() = default;

  /// For requests without effect: the transport may repeat one on a new connection when a
  /// kept-alive one closes.
  virtual Task<ClientResponse> send(ClientRequest request) = 0;

  /// For requests with an effect: no byte of the body is ever sent twice. A failure before the
  /// first byte of the body was sent is `unavailable` (certainly nothing happened); after it,
  /// `outcome_unknown`. The answer counts against no share.
  virtual Task<ClientResponse> send_once(ClientRequest request) = 0;

  /// To be called now and then: closes connections of a crowd that has gone (transfer/engine.h).
  virtual void rest() {}
};

std::unique_ptr<Client> make_client(boost::asio::io_context& loop, ClientOptions options);

}  // namespace gmail_mcp::http
