#pragma once

#include <string>

namespace gmail_mcp::net::testing {

/// A new self-signed certificate for `name` and its key, as PEM files that are deleted with this
/// object. For tests.
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
