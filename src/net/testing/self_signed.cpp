#include "net/testing/self_signed.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>

namespace gmail_mcp::net::testing {

namespace {

template <class T, class Function>
auto owned(T* made, Function free) {
  if (made == nullptr) throw std::runtime_error{"OpenSSL made nothing"};
  return std::unique_ptr<T, Function>{made, free};
}

auto open_file(const std::string& name) {
  return owned(std::fopen(name.c_str(), "w"), &std::fclose);
}

void add_extension(X509* certificate, int what, const std::string& text) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const auto extension =
      owned(X509V3_EXT_conf_nid(nullptr, &context, what, text.c_str()), &X509_EXTENSION_free);
  X509_add_ext(certificate, extension.get(), -1);
}

}  // namespace

SelfSigned::SelfSigned(const std::string& name) : name_{name} {
  std::string pattern = (std::filesystem::temp_directory_path() / "self-signed-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error{"no temporary folder"};
  folder_ = pattern;
  renew();
}

SelfSigned::~SelfSigned() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void SelfSigned::renew() {
  const auto key = owned(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  const auto certificate = owned(X509_new(), &X509_free);
  static long serial = 0;
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_NAME* subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name_.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), subject);
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_extension(certificate.get(), NID_subject_alt_name, "DNS:" + name_);
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  PEM_write_X509(open_file(certificate_file()).get(), certificate.get());
  PEM_write_PrivateKey(open_file(key_file()).get(), key.get(), nullptr, nullptr, 0, nullptr,
                       nullptr);
}

}  // namespace gmail_mcp::net::testing
