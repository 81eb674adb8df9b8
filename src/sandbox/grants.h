#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace gmail_mcp::sandbox {

/// What a person agreed to on the consent page.
struct Consent {
  std::string email;
  std::vector<std::string> scopes;  // granted; may be fewer than requested
  std::string redirect_uri;
  std::string code_challenge;
  std::string code_challenge_method;  // "S256", "plain" or ""
  bool offline = false;               // access_type=offline
  bool forced = false;                // prompt=consent: a new refresh token even if there is one
};

struct AccessGrant {
  std::string email;
  std::vector<std::string> scopes;
  Timestamp expires;
};

struct TokenAnswer {
  std::string access_token;
  std::string refresh_token;  // "": none
  std::vector<std::string> scopes;
  std::chrono::seconds expires_in{0};
  std::string email;
};

/// A refusal of the token endpoint, in RFC 6749's words.
struct OAuthRefusal {
  int status = 400;
  std::string error;
  std::string description;
};

/// Who may do what: the codes and tokens of the one OAuth client of the sandbox. No I/O. One
/// thread. Bounded: the oldest codes and access tokens are dropped first.
class Grants {
 public:
  /// With a `seal_key` a refresh token itself contains what was granted: a later sandbox with the
  /// same key accepts it, although it did not issue it.
  Grants(Clock& clock, std::chrono::seconds access_lifetime, std::string seal_key = {})
      : clock_{clock}, access_lifetime_{access_lifetime}, seal_key_{std::move(seal_key)} {}

  /// A single-use code, good for ten minutes.
  std::string issue_code(Consent consent);

  std::variant<TokenAnswer, OAuthRefusal> exchange(std::string_view code, std::string_view verifier,
                                                   std::string_view redirect_uri,
                                                   bool omit_refresh_token);
  std::variant<TokenAnswer, OAuthRefusal> refresh(std::string_view refresh_token);

  /// The valid access token; nullptr if it is unknown, expired or revoked.
  const AccessGrant* find(std::string_view access_token) const;

  /// Takes either kind of token and ends everything that the person granted. False if the token was
  /// already invalid.
  bool revoke(std::string_view token);
  void revoke_account(std::string_view email);
  void expire_access_tokens(std::string_view email);

  /// The scopes the person has granted so far, over all consents.
  std::vector<std::string> granted(std::string_view email) const;

 private:
  struct Code {
    Consent consent;
    Timestamp expires;
  };
  struct RefreshGrant {
    std::string email;
    std::vector<std::string> scopes;  // of its consent: a later, smaller one does not shrink it
  };
  struct AccountGrant {
    std::vector<std::string> scopes;
    std::deque<std::string> refresh_tokens;  // oldest first
  };

  std::string new_refresh_token(const RefreshGrant& grant) const;
  std::optional<RefreshGrant> grant_in(std::string_view refresh_token) const;
  TokenAnswer issue_access(const std::string& email, std::vector<std::string> scopes);

  Clock& clock_;
  std::chrono::seconds access_lifetime_;
  std::string seal_key_;
  std::unordered_map<std::string, Code> codes_;
  std::deque<std::string> code_order_;
  std::unordered_map<std::string, AccessGrant> access_;
  std::deque<std::string> access_order_;
  std::unordered_map<std::string, RefreshGrant> refresh_;
  std::map<std::string, AccountGrant, std::less<>> accounts_;
  std::set<std::string, std::less<>> revoked_;  // accounts: what an earlier sandbox sealed is dead
};

}  // namespace gmail_mcp::sandbox
