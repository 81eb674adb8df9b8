#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "google/endpoints.h"
#include "http/client.h"

namespace gmail_mcp::google {

/// The OAuth client registered at Google.
struct OAuthClient {
  std::string client_id;
  Secret client_secret;
};

struct ConsentRequest {
  std::string redirect_uri;
  std::vector<std::string> scopes;  // full URLs
  std::string state;
  std::string code_challenge;  // S256
  std::string login_hint;      // may be empty
};

/// https://developers.google.com/identity/protocols/oauth2/web-server
std::string consent_url(const Endpoints& endpoints, const OAuthClient& client,
                        const ConsentRequest& request);

/// The error, as a sentence that begins with `begin`, when Google's `word` says that a person or an
/// administrator refused access; nullopt when it means something else.
std::optional<Error> denial(std::string_view begin, std::string_view word,
                            std::string_view client_id);

struct TokenGrant {
  Secret access_token;
  Secret refresh_token;  // empty: Google sent none, keep the old one
  std::chrono::seconds expires_in{3600};
  std::vector<std::string> scopes;  // granted; empty if the answer did not say
};

struct Identity {
  std::string sub;  // Google's permanent key of the account
  std::string email;
  bool email_verified = false;
  std::string hosted_domain;  // the Workspace domain that manages the account; empty: none
  std::string name;
};

/// The OAuth endpoints of Google. Failures are distinguished as follows: invalid_grant →
/// Errc::reconnect_required; invalid_client, unauthorized_client and redirect_uri_mismatch →
/// Errc::misconfigured ("Invalid client…"); network, 5xx, 429 and bodies that are not JSON →
/// Errc::unavailable, so that a transient failure never invalidates a token.
class OAuthApi {
 public:
  OAuthApi(http::Client& http, Endpoints endpoints, OAuthClient client);

  /// An effect, because codes are single-use: sent once. invalid_grant → Errc::invalid_argument
  /// here, because the code, not an account, is bad.
  Task<TokenGrant> exchange(std::string code, Secret code_verifier, std::string redirect_uri);
  Task<TokenGrant> refresh(Secret refresh_token);
  /// Refusal because the token is already invalid counts as success.
  Task<void> revoke(Secret token);
  Task<Identity> identity(Secret access_token);

 private:
  http::Client& http_;
  Endpoints endpoints_;
  OAuthClient client_;
};

}  // namespace gmail_mcp::google
