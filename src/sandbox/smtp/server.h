#pragma once

#include <cstdint>
#include <memory>

#include "base/task.h"
#include "net/listen.h"
#include "sandbox/mail_house.h"

namespace gmail_mcp::sandbox::smtp {

/// The simulated smtp.gmail.com. What it takes over goes by World::submit. One thread.
class Server {
 public:
  /// `tls`: spoken from the first byte. Throws Errc::misconfigured when the port cannot be had.
  static std::unique_ptr<Server> start(const Executor& executor, MailHouse house,
                                       const net::ListenAddress& address,
                                       std::shared_ptr<const net::TlsContext> tls);
  virtual ~Server() = default;

  virtual std::uint16_t port() const = 0;
  /// Must have been awaited before destruction.
  virtual Task<void> stop() = 0;
};

}  // namespace gmail_mcp::sandbox::smtp
