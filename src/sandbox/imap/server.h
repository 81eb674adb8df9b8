#pragma once

#include <cstdint>
#include <memory>
#include <string_view>

#include "base/task.h"
#include "net/listen.h"
#include "sandbox/mail_house.h"

namespace gmail_mcp::sandbox::imap {

/// The simulated imap.gmail.com. All state is the world's; one thread.
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

  /// Every folder of the account gets another UIDVALIDITY; who has one open, a BYE.
  virtual void change_uid_validity(std::string_view email) = 0;
  /// A BYE for all its connections.
  virtual void drop_connections(std::string_view email) = 0;
};

}  // namespace gmail_mcp::sandbox::imap
