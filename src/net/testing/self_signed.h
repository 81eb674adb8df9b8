#pragma once

#include <string>

namespace gmail_mcp::net::testing {

/// A fresh certificate for `name` that signs itself, and its key, as PEM files that are gone when
/// this is. For tests.
class SelfSigned {
 public:
  explicit SelfSigned(const std::string& name = "localhost");
  ~SelfSigned();
  SelfSigned(const SelfSigned&) = delete;
  SelfSigned& operator=(const SelfSigned&) = delete;

  std::string certificate_file() const { return folder_ + "/certificate.pem"; }
  std::string key_file() const { return folder_ + "/key.pem"; }

  /// Another certificate and key in the same files.
  void renew();

 private:
  std::string name_;
  std::string folder_;
};

}  // namespace gmail_mcp::net::testing
