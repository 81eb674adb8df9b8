#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "accounts/authorization_server.h"
#include "accounts/recognised_tokens.h"
#include "accounts/recognizer.h"
#include "accounts/scopes.h"
#include "accounts/sign_in_rules.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/fernet.h"
#include "crypto/sealer.h"
#include "http/url.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// A successful answer of the token endpoint (RFC 6749 §5.1).
struct TokenAnswer {
  std::string access_token;
  std::chrono::seconds expires_in{0};
  std::string refresh_token;
  std::vector<std::string> scopes;
};

/// The tokens that clients get for the codes of AuthorizationServer, and who holds them. The audit
/// has a row for each that is given or refreshed and for each grant that ends here, under
/// "sign_in.given", "sign_in.refreshed" and "sign_in.revoked/<reason>", with the grant's id as
/// request_id and the client's label as caller.
///
/// All texts are sealed, bound to their client or audience, and name one grant of the store, which
/// knows what is not revoked. A refresh token is good once; its successor is a new generation. One
/// that is used again later than ten seconds after that was copied by somebody, so the whole grant
/// ends. Within those ten seconds the answer may have been lost on its way, and is given again. A
/// code that is used twice ends its grant as well (RFC 6749 §4.1.2, RFC 9700 §4.14.2). One loop.
class ClientTokens final : public Recognizer {
 public:
  /// How many sign-ins a person has; the one that was not used for longest ends for another.
  static constexpr std::int64_t most_of_one_user = 50;

  ClientTokens(store::Store& store, const crypto::KeyRing& keys, const ClientApps& apps,
               Clock& clock, Log& log, SignInRules rules);

  /// POST /token: the form's fields.
  Task<std::variant<TokenAnswer, OAuthRefusal>> give(http::QueryFields form);
  /// POST /revoke (RFC 7009): ends the grant of this token, of its own client only. nullopt: done,
  /// or there was nothing to do.
  Task<std::optional<OAuthRefusal>> take_back(http::QueryFields form);

  /// Of an access token. A grant that was revoked, also by another process, counts as such after 5
  /// s at the latest.
  Task<std::optional<model::Caller>> recognize(std::string token) override;
  /// Whether the caller came with one of these tokens: what its scopes allow is always in
  /// all_mail_scopes().
  static bool recognized(const model::Caller& caller);

  /// Until it is cancelled: notices the end of sign-ins whose tokens are in use without being shown
  /// again, by event streams.
  Task<void> watch();

 private:
  using Given = std::variant<TokenAnswer, OAuthRefusal>;
  Task<Given> redeem(http::QueryFields form, std::string client);
  Task<Given> refresh(http::QueryFields form, std::string client);
  Task<void> end(std::string grant_id, std::string label, std::string reason);
  void record(const store::ClientGrant& grant, const std::string& label, std::string what) const;
  TokenAnswer answer_for(const store::ClientGrant& grant, std::vector<std::string> scopes,
                         const std::string& label) const;
  std::optional<OAuthRefusal> judge_client(const std::string& client_id) const;

  Task<std::optional<store::ClientGrant>> read_grant(std::string id);

  store::Store& store_;
  const ClientApps& apps_;
  Clock& clock_;
  Log& log_;
  SignInRules rules_;
  const ScopeMap scope_map_;
  crypto::Sealer codes_;
  crypto::Sealer access_;
  crypto::Sealer refreshes_;
  RecognisedTokens known_;
};

}  // namespace gmail_mcp::accounts
