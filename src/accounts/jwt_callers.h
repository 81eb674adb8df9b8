#pragma once

#include <cstddef>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/recognizer.h"
#include "accounts/scopes.h"
#include "base/clock.h"
#include "jwt/issuer_keys.h"
#include "jwt/token.h"

namespace gmail_mcp::accounts {

/// How access tokens of the configured issuer are read (`server.oauth.*`).
struct JwtRules {
  std::vector<std::string> audiences;
  std::string user_claim = "sub";
  std::string scope_claim;  // "": scope (RFC 8693 §4.2), else scp
  ScopeMap scopes;
};

/// Recognises access tokens that the configured issuer signed (RFC 9068). The user is what
/// `user_claim` says; whoever is not known yet becomes known at their first connection, as with
/// X-Gmail-MCP-User. One loop.
class JwtCallers final : public Recognizer {
 public:
  /// `keys` and `clock` are borrowed.
  JwtCallers(jwt::IssuerKeys& keys, JwtRules rules, Clock& clock);

  /// Takes every signed token for one of its kind. Throws, beside what Recognizer says, `forbidden`
  /// with Error::missing_scope for a token without any scope that allows something.
  Task<std::optional<model::Caller>> recognize(std::string token) override;

 private:
  // What was found out about a token that is good, so that its signature is checked once.
  struct Known {
    std::string digest;
    jwt::KeySetPtr keys;  // of which one signed it
    model::Caller caller;
    Timestamp until;
  };
  using Recent = std::list<Known>;

  const model::Caller* remembered(std::string_view digest, const jwt::KeySetPtr& keys);
  void remember(Known known);
  model::Caller caller(const jwt::Claims& claims) const;

  jwt::IssuerKeys& keys_;
  JwtRules rules_;
  jwt::Rules demands_;
  Clock& clock_;
  std::string credential_;
  Recent recent_;  // the last used first
  std::map<std::string_view, Recent::iterator> by_digest_;
};

}  // namespace gmail_mcp::accounts
