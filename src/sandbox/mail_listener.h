#pragma once

#include <cstdint>
#include <functional>
#include <list>
#include <memory>

#include "base/log.h"
#include "base/task.h"
#include "net/listen.h"
#include "sandbox/wire.h"

namespace gmail_mcp::sandbox {

/// Accepts connections for the IMAP and the SMTP server and has each of them served until its peer
/// leaves or the server stops. One thread.
class MailListener {
 public:
  using Serve = std::function<Task<void>(std::shared_ptr<Wire>)>;

  /// `tls`: used from the first byte; nullptr: not used. Throws Errc::misconfigured when the port
  /// cannot be opened.
  MailListener(const Executor& executor, const net::ListenAddress& address,
               std::shared_ptr<const net::TlsContext> tls, Serve serve);
  ~MailListener();

  std::uint16_t port() const { return listener_->port(); }
  /// Ends every connection and waits for it.
  Task<void> stop();

 private:
  Task<void> accept_all();
  Task<void> run(std::shared_ptr<Wire> wire);

  Executor executor_;
  std::shared_ptr<const net::TlsContext> tls_;
  Serve serve_;
  std::unique_ptr<net::Listener> listener_;
  TaskGroup tasks_;
};

}  // namespace gmail_mcp::sandbox
