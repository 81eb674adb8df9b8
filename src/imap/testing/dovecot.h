#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "imap/client.h"
#include "net/testing/self_signed.h"

namespace gmail_mcp::imap::testing {

/// A Dovecot with TLS in a temporary folder, gone when this is: the judge of what we believe about
/// IMAP (tests/referees/dovecot/dovecot.conf). For tests. Its users are whoever has the address
/// given and the password `password`; each may have five connections at a time.
class Dovecot {
 public:
  static constexpr std::string_view password = "abcdefghijklmnop";

  explicit Dovecot(std::string address = "ann@example.org");
  ~Dovecot();
  Dovecot(const Dovecot&) = delete;
  Dovecot& operator=(const Dovecot&) = delete;

  Server server(Encryption encryption = Encryption::implicit) const;
  const std::string& address() const { return address_; }
  /// An access token for the address, and one that is signed by somebody else.
  std::string token() const;
  static std::string forged_token();

  /// Puts a letter into a folder of the address as a delivery agent does, whole and at once.
  void deliver(std::string_view rfc822, std::string_view folder = "") const;
  /// What it has written into its log.
  std::string log() const;

 private:
  std::string address_;
  std::string folder_;
  net::testing::SelfSigned certificate_;
  std::uint16_t port_ = 0;
  std::uint16_t port_tls_ = 0;
  int process_ = -1;
};

}  // namespace gmail_mcp::imap::testing
