#include "net/tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

#include "base/error.h"

namespace gmail_mcp::net {

namespace {

// The last errors in OpenSSL's queue are the most general; the first says what really failed.
std::string openssl_reason() {
  const auto code = ERR_get_error();
  ERR_clear_error();
  const char* text = ERR_reason_error_string(code);
  return text == nullptr ? "unknown" : text;
}

void apply_common_rules(SSL_CTX* context) {
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_cipher_list(context, tls_1_2_ciphers);
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
  // Idle connections give their 34 KiB of record buffers back.
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
                                SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

std::string protocol_list(std::string_view alpn) {
  std::string list(1, static_cast<char>(alpn.size()));
  list += alpn;
  return list;
}

}  // namespace

void TlsContext::Free::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

std::shared_ptr<const TlsContext> TlsContext::for_server(const std::string& certificate_file,
                                                         const std::string& key_file,
                                                         std::string_view alpn) {
  std::shared_ptr<TlsContext> made{new TlsContext{SSL_CTX_new(TLS_server_method())}};
  SSL_CTX* context = made->handle();
  if (context == nullptr) throw Error{Errc::internal, "TLS could not be set up."};
  apply_common_rules(context);
  ERR_clear_error();
  if (SSL_CTX_use_certificate_chain_file(context, certificate_file.c_str()) != 1) {
    throw Error{Errc::misconfigured, "The TLS certificate could not be read.",
                "Give --tls-cert a readable PEM file with the certificate and its chain."}
        .with_detail(certificate_file + ": " + openssl_reason());
  }
  if (SSL_CTX_use_PrivateKey_file(context, key_file.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context) != 1) {
    throw Error{Errc::misconfigured, "The TLS key could not be read or is not the certificate's.",
                "Give --tls-key the readable PEM file that belongs to --tls-cert."}
        .with_detail(key_file + ": " + openssl_reason());
  }
  if (!alpn.empty()) {
    made->protocols_ = protocol_list(alpn);
    const auto choose = [](SSL*, const unsigned char** out, unsigned char* out_length,
                           const unsigned char* offered, unsigned offered_length, void* ours) {
      const auto& mine = *static_cast<std::string*>(ours);
      unsigned char* chosen = nullptr;
      const int outcome = SSL_select_next_proto(
          &chosen, out_length, reinterpret_cast<const unsigned char*>(mine.data()),
          static_cast<unsigned>(mine.size()), offered, offered_length);
      *out = chosen;
      // A client that offers only protocols we did not name may still speak ours: go on without
      // ALPN.
      return outcome == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_NOACK;
    };
    SSL_CTX_set_alpn_select_cb(context, choose, &made->protocols_);
  }
  return made;
}

std::shared_ptr<const TlsContext> TlsContext::for_client(const std::string& ca_file) {
  std::shared_ptr<TlsContext> made{new TlsContext{SSL_CTX_new(TLS_client_method())}};
  SSL_CTX* context = made->handle();
  if (context == nullptr) throw Error{Errc::internal, "TLS could not be set up."};
  apply_common_rules(context);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  ERR_clear_error();
  const int loaded = ca_file.empty() ? SSL_CTX_set_default_verify_paths(context)
                                     : SSL_CTX_load_verify_file(context, ca_file.c_str());
  if (loaded != 1) {
    throw Error{Errc::misconfigured, "The certificate authorities could not be read.",
                "Give ca_file a readable PEM bundle."}
        .with_detail(ca_file + ": " + openssl_reason());
  }
  return made;
}

Authorities::Authorities(std::string ca_file) : ca_file_{std::move(ca_file)} {
  if (!ca_file_.empty()) context();
}

const std::shared_ptr<const TlsContext>& Authorities::context() {
  if (!context_) context_ = TlsContext::for_client(ca_file_);
  return context_;
}

}  // namespace gmail_mcp::net
