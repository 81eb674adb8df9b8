#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::accounts {

/// How people sign in with Google to this server (server.sign_in).
struct SignInRules {
  std::string issuer;                      // how people reach us, without a trailing slash
  std::string resource;                    // what the tokens are for: the address of /mcp
  std::string redirect_uri;                // our page to which Google sends people back
  std::vector<std::string> google_scopes;  // configured, full URLs
  std::vector<std::string> allowed_domains;
  std::vector<std::string> allowed_addresses;  // "*": anybody
  std::chrono::seconds access_life{3'600};
  std::chrono::seconds idle_life{30 * 24 * 3'600};
  std::chrono::seconds time_to_sign_in{600};

  /// Whether the person with this verified address may sign in. A domain counts only if Google says
  /// that the account is managed by it (`hosted_domain`), or if it is Gmail's own: the address of
  /// any other Google account may have been verified long ago and belong to somebody else today.
  bool admits(std::string_view address, std::string_view hosted_domain) const;
};

}  // namespace gmail_mcp::accounts
