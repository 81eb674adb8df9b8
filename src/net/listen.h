#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "net/stream.h"
#include "net/tls.h"

namespace gmail_mcp::net {

/// A connection that a client made to us.
struct Accepted {
  std::unique_ptr<Stream> stream;
  std::string peer_address;  // IP as text; an IPv4 peer is IPv4 also on a dual-stack socket
  bool peer_is_loopback = false;
  bool local_is_loopback = false;  // the address the peer reached us at
};

struct ListenAddress {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;             // 0: any free one
  bool reuse_port = false;            // several listeners of one program share the port
  std::function<void()> on_shortage;  // called when descriptors or memory begin to run out
};

/// A listening TCP socket. A resource; on one thread.
class Listener {
 public:
  virtual ~Listener() = default;

  virtual std::uint16_t port() const = 0;

  /// The next connection, with TLS unless `tls` is null when the connection comes. Waits while
  /// descriptors are short. After `close` it throws what cancellation throws.
  virtual Task<Accepted> accept(const std::shared_ptr<const TlsContext>& tls) = 0;
  virtual void close() = 0;
};

/// Throws Error{misconfigured} when the address cannot be had.
std::unique_ptr<Listener> listen(const Executor& executor, const ListenAddress& address);

}  // namespace gmail_mcp::net
