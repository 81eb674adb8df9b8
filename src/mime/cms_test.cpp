#include "mime/cms.h"

#include <gtest/gtest.h>
#include <openssl/bio.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

namespace gmail_mcp::mime {
namespace {

template <auto release>
struct Releaser {
  template <class T>
  void operator()(T* value) const {
    release(value);
  }
};
using OwnedKey = std::unique_ptr<EVP_PKEY, Releaser<EVP_PKEY_free>>;
using OwnedCertificate = std::unique_ptr<X509, Releaser<X509_free>>;
using OwnedBio = std::unique_ptr<BIO, Releaser<BIO_free_all>>;
using OwnedCms = std::unique_ptr<CMS_ContentInfo, Releaser<CMS_ContentInfo_free>>;

std::string bytes_of(BIO* bio) {
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

// By OpenSSL, as mail programs do it.
std::string signed_by_openssl(std::string content, bool is_streamed) {
  const OwnedKey key{EVP_EC_gen("P-256")};
  const OwnedCertificate certificate{X509_new()};
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), 0);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  const OwnedBio input{BIO_new_mem_buf(content.data(), static_cast<int>(content.size()))};
  const unsigned flags = CMS_BINARY | (is_streamed ? CMS_STREAM : 0U);
  const OwnedCms cms{CMS_sign(certificate.get(), key.get(), nullptr, input.get(), flags)};
  const OwnedBio output{BIO_new(BIO_s_mem())};
  if (is_streamed) {
    i2d_CMS_bio_stream(output.get(), cms.get(), input.get(), static_cast<int>(flags));
  } else {
    i2d_CMS_bio(output.get(), cms.get());
  }
  return bytes_of(output.get());
}

TEST(Cms, what_was_signed_is_read_without_a_key) {
  for (const bool is_streamed : {false, true}) {
    const std::string content = "Content-Type: text/plain\r\n\r\n" + std::string(20'000, 'a');
    const auto cms = read_cms(signed_by_openssl(content, is_streamed));
    EXPECT_EQ(cms.kind, Cms::Kind::signed_data);
    EXPECT_EQ(cms.content, content) << is_streamed;
  }
}

TEST(Cms, a_content_that_is_cut_off_is_not_given) {
  const auto bytes = signed_by_openssl(std::string(20'000, 'a'), true);
  const auto cms = read_cms(std::string_view{bytes}.substr(0, 10'000));
  EXPECT_EQ(cms.kind, Cms::Kind::signed_data);
  EXPECT_EQ(cms.content, "");
}

// A ContentInfo of that type whose content is empty.
std::string content_info(std::string_view oid) {
  std::string out = "\x30";
  out += static_cast<char>(oid.size() + 4);
  out += '\x06';
  out += static_cast<char>(oid.size());
  out.append(oid).append("\xA0").append(1, '\0');
  return out;
}

TEST(Cms, what_needs_a_key_is_told_from_what_does_not) {
  EXPECT_EQ(read_cms(content_info("\x2A\x86\x48\x86\xF7\x0D\x01\x07\x03")).kind,
            Cms::Kind::encrypted);
  EXPECT_EQ(read_cms(content_info("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x17")).kind,
            Cms::Kind::encrypted);
  EXPECT_EQ(read_cms(content_info("\x2A\x86\x48\x86\xF7\x0D\x01\x09\x10\x01\x09")).kind,
            Cms::Kind::compressed);
  EXPECT_EQ(read_cms(content_info("\x2A\x03")).kind, Cms::Kind::unknown);
}

TEST(Cms, certificates_alone_are_no_text) {
  const std::string signed_data = std::string{"\x30\x10\x02\x01\x01\x31"} + '\0' + "\x30\x0B" +
                                  "\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x01";
  const std::string all =
      std::string{"\x30\x1F\x06\x09\x2A\x86\x48\x86\xF7\x0D\x01\x07\x02\xA0\x12"} + signed_data;
  EXPECT_EQ(read_cms(all).kind, Cms::Kind::certificates);
}

TEST(Cms, other_bytes_are_nothing) {
  for (const auto* bytes : {"", "0", "\x30\x80", "text", "\x30\x80\x06\x80", "\xFF\xFF\xFF"}) {
    EXPECT_EQ(read_cms(bytes).kind, Cms::Kind::unknown);
  }
}

}  // namespace
}  // namespace gmail_mcp::mime
