#pragma once

#include <set>
#include <string>
#include <string_view>

#include "sandbox/imap/session.h"
#include "sandbox/mail_listener.h"

namespace gmail_mcp::sandbox::imap {

/// The simulated imap.gmail.com. All state is the world's; one thread.
class Server {
 public:
  /// Arguments and errors as for MailListener.
  Server(const Executor& executor, MailHouse house, const net::ListenAddress& address,
         std::shared_ptr<const net::TlsContext> tls);

  std::uint16_t port() const { return listener_.port(); }
  /// Must have been awaited before destruction.
  Task<void> stop() { return listener_.stop(); }

  /// Every folder of the account gets another UIDVALIDITY; connections that have one open get a
  /// BYE.
  void change_uid_validity(std::string_view email);
  /// A BYE for all its connections.
  void drop_connections(std::string_view email);

 private:
  Task<void> serve(std::shared_ptr<Wire> wire);
  void say_bye(std::string_view email, const std::string& text);

  MailHouse house_;
  Hub hub_;
  std::set<Session*> sessions_;
  MailListener listener_;
};

}  // namespace gmail_mcp::sandbox::imap
