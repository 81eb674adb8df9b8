#pragma once

#include <map>
#include <string>
#include <string_view>

namespace gmail_mcp::sandbox {

/// The password for Google's own sign-in page; every account here has the same. IMAP and SMTP
/// refuse it: they require an App Password.
inline constexpr std::string_view ordinary_password = "ordinary-password";

enum class PasswordVerdict { good, wrong, needs_app_password };

/// The App Password of each account: 16 letters derived from its address, until it is revoked and
/// replaced. One thread.
class AppPasswords {
 public:
  /// As a program sends it: 16 letters, no spaces. "" while it is revoked.
  std::string of(std::string_view email) const;
  /// As Google shows it to the person: "abcd efgh ijkl mnop". "" while it is revoked.
  std::string shown(std::string_view email) const;

  /// The password is invalid at once.
  void revoke(std::string_view email);
  /// Makes another one, which replaces the old one.
  void renew(std::string_view email);

  /// Spaces are not accepted, as at Gmail.
  PasswordVerdict judge(std::string_view email, std::string_view password) const;

 private:
  struct State {
    unsigned generation = 0;
    bool revoked = false;
  };
  std::map<std::string, State, std::less<>> states_;  // of accounts whose password was changed
};

}  // namespace gmail_mcp::sandbox
