#pragma once

#include <memory>
#include <string>
#include <string_view>

struct ssl_ctx_st;

namespace gmail_mcp::net {

/// The part of TLS 1.2 that 1.3 has kept: a new key for each connection, and ciphers that detect
/// changes.
inline constexpr char tls_1_2_ciphers[] = "ECDHE+AESGCM:ECDHE+CHACHA20";

/// Keys, certificates and rules for TLS connections of one kind. Immutable; shared by the
/// connections that use it, each of which keeps it alive.
class TlsContext {
 public:
  /// For serving: a PEM chain and its key. `alpn` is the one protocol we offer, or "". Throws
  /// Error{misconfigured}, which names the bad file.
  static std::shared_ptr<const TlsContext> for_server(const std::string& certificate_file,
                                                      const std::string& key_file,
                                                      std::string_view alpn);
  /// For outgoing connections: the peer is verified against `ca_file` (PEM), or the system's
  /// authorities.
  static std::shared_ptr<const TlsContext> for_client(const std::string& ca_file);

  ssl_ctx_st* handle() const { return context_.get(); }

 private:
  struct Free {
    void operator()(ssl_ctx_st* context) const;
  };
  explicit TlsContext(ssl_ctx_st* context) : context_{context} {}

  std::unique_ptr<ssl_ctx_st, Free> context_;
  std::string protocols_;  // ALPN wire form; the context points at it
};

/// The authorities that a setting names, for outgoing connections. The system's take some 20 ms to
/// read and a megabyte to hold, so they are read when first needed. A file is read at once, so that
/// a start with a bad one fails. One thread.
class Authorities {
 public:
  /// `ca_file` is a PEM file, or "" for the system's. Throws as TlsContext::for_client.
  explicit Authorities(std::string ca_file);

  const std::shared_ptr<const TlsContext>& context();

 private:
  std::string ca_file_;
  std::shared_ptr<const TlsContext> context_;
};

}  // namespace gmail_mcp::net
