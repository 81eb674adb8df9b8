#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "imap/client.h"
#include "net/testing/self_signed.h"

namespace gmail_mcp::imap::testing {

/// A Dovecot with TLS in a temporary folder, removed with this object: it judges our understanding
/// of IMAP (tests/referees/dovecot/dovecot.conf). For tests. Any address is a user with the
/// password `password`; each may have five connections at a time.
class Dovecot {
 public:
  static constexpr std::string_view password = "abcdefghijklmnop";

  explicit Dovecot(std::string address = "ann@example.org");
  ~Dovecot();
  Dovecot(const Dovecot&) = delete;
  Dovecot& operator=(const Dovecot&) = delete;

  Server server(Encryption encryption = Encryption::implicit) const;
  const std::string& address() const { return address_; }
  /// An access token for the address, and one with a wrong signature.
  std::string token() const;
  static std::string forged_token();

  /// Puts a letter into a folder of the address as a delivery agent does: whole and at once.
  void deliver(std::string_view rfc822, std::string_view folder = "") const;
  /// The contents of its log.
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
