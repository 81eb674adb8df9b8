#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/stream.h"
#include "net/tls.h"

namespace gmail_mcp::net {

/// Whether `host` can only be this machine: "localhost" or an address such as 127.0.0.1 or ::1. Any
/// other name counts as remote, whatever it resolves to today.
bool is_loopback_host(std::string_view host);

struct DialOptions {
  std::string host;  // a name or an address
  std::uint16_t port = 0;
  std::shared_ptr<const TlsContext> tls;      // none: plain TCP
  std::string tls_name;                       // whom the certificate must name; "": `host`
  std::chrono::milliseconds timeout{10'000};  // until the stream is ready, TLS included
};

/// Connects to the first address of `host` that answers. Throws Error: `unavailable` when none
/// does, `timeout`, `misconfigured` when the certificate cannot be trusted.
Task<std::unique_ptr<Stream>> dial(DialOptions options);

/// Starts TLS on a plain TCP stream from which everything has been read (STARTTLS). Throws as
/// `dial` does.
Task<std::unique_ptr<Stream>> start_tls(std::unique_ptr<Stream> plain, std::string tls_name,
                                        std::shared_ptr<const TlsContext> tls,
                                        std::chrono::milliseconds timeout);

}  // namespace gmail_mcp::net
