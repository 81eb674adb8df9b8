#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/recognised_tokens.h"
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
  model::Caller caller(const jwt::Claims& claims) const;

  jwt::IssuerKeys& keys_;
  JwtRules rules_;
  jwt::Rules demands_;
  Clock& clock_;
  std::string credential_;
  RecognisedTokens known_;  // so that a signature is checked once
};

}  // namespace gmail_mcp::accounts
