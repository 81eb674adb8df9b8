#include "net/tls.h"

#include <gtest/gtest.h>
#include <openssl/ssl.h>

#include <memory>

#include "net/testing/self_signed.h"

namespace gmail_mcp::net {
namespace {

struct FreeTls {
  void operator()(SSL* ssl) const { SSL_free(ssl); }
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
};
using Context = std::unique_ptr<SSL_CTX, FreeTls>;
using Session = std::unique_ptr<SSL, FreeTls>;

// The cipher they agree on; "" if they do not.
std::string agreed(SSL_CTX* server_rules, SSL_CTX* client_rules) {
  const Session server{SSL_new(server_rules)};
  const Session client{SSL_new(client_rules)};
  SSL_set_verify(client.get(), SSL_VERIFY_NONE, nullptr);
  BIO* near = nullptr;
  BIO* far = nullptr;
  BIO_new_bio_pair(&near, 0, &far, 0);
  SSL_set_bio(server.get(), near, near);
  SSL_set_bio(client.get(), far, far);
  SSL_set_accept_state(server.get());
  SSL_set_connect_state(client.get());
  for (int round = 0; round < 20; ++round) {
    const int asked = SSL_do_handshake(client.get());
    const int answered = SSL_do_handshake(server.get());
    if (asked == 1 && answered == 1) return SSL_get_cipher_name(client.get());
  }
  return "";
}

// A peer that speaks TLS 1.2 with these ciphers and no other, however weak.
Context old_peer(const SSL_METHOD* method, const char* ciphers) {
  Context peer{SSL_CTX_new(method)};
  SSL_CTX_set_security_level(peer.get(), 0);
  SSL_CTX_set_min_proto_version(peer.get(), TLS1_2_VERSION);
  SSL_CTX_set_max_proto_version(peer.get(), TLS1_2_VERSION);
  EXPECT_EQ(SSL_CTX_set_cipher_list(peer.get(), ciphers), 1);
  return peer;
}

TEST(TlsRules, below_1_3_only_ephemeral_keys_and_authenticated_ciphers_are_offered) {
  const testing::SelfSigned certificate;
  const auto server =
      TlsContext::for_server(certificate.certificate_file(), certificate.key_file(), "");
  const auto client = TlsContext::for_client(certificate.certificate_file());
  for (const auto& rules : {server, client}) {
    const auto* ciphers = SSL_CTX_get_ciphers(rules->handle());
    int older = 0;
    for (int i = 0; i < sk_SSL_CIPHER_num(ciphers); ++i) {
      const auto* cipher = sk_SSL_CIPHER_value(ciphers, i);
      if (std::string_view{SSL_CIPHER_get_version(cipher)} == "TLSv1.3") continue;
      ++older;
      EXPECT_EQ(SSL_CIPHER_get_kx_nid(cipher), NID_kx_ecdhe) << SSL_CIPHER_get_name(cipher);
      EXPECT_EQ(SSL_CIPHER_is_aead(cipher), 1) << SSL_CIPHER_get_name(cipher);
    }
    EXPECT_GT(older, 0);
  }
}

TEST(TlsRules, an_old_peer_agrees_on_one_of_them_or_on_nothing) {
  const testing::SelfSigned certificate;
  const auto server =
      TlsContext::for_server(certificate.certificate_file(), certificate.key_file(), "");
  const auto strong = old_peer(TLS_client_method(), "ECDHE+AESGCM");
  EXPECT_NE(agreed(server->handle(), strong.get()), "");
  const auto weak = old_peer(TLS_client_method(), "ALL:!AESGCM:!CHACHA20:!AESCCM:!ARIAGCM:!aNULL");
  EXPECT_EQ(agreed(server->handle(), weak.get()), "");
  const auto fixed = old_peer(TLS_client_method(), "kRSA:kDHE:!aNULL");
  EXPECT_EQ(agreed(server->handle(), fixed.get()), "");
}

}  // namespace
}  // namespace gmail_mcp::net
