#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "accounts/sign_ins.h"
#include "accounts/token_vault.h"
#include "base/clock.h"
#include "base/log.h"
#include "crypto/fernet.h"
#include "google/endpoints.h"
#include "google/oauth.h"
#include "model/access.h"
#include "model/flow.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

struct ConnectOptions {
  google::Endpoints endpoints;
  google::OAuthClient client;
  std::vector<std::string> redirect_uris;  // allowed; the first is the default
  std::vector<std::string> scopes;         // default, full URLs
};

/// A sign-in by Google's consent, from the request to connect to the stored credential (RFC 9700
/// §2.1): PKCE S256, identity by Google's `sub`, granted scopes stored. SignIns handles states and
/// browsers. One loop.
class Connect {
 public:
  Connect(store::Store& store, const crypto::KeyRing& keys, google::OAuthApi& oauth,
          TokenVault& vault, SignIns& sign_ins, Clock& clock, Log& log, ConnectOptions options);

  /// invalid_argument for an unknown scope, a redirect_uri or return_url that is not configured.
  Task<model::FlowStart> start(const model::Access& access, model::FlowRequest request);

  /// A flow that renews this connection: for the same user and account, with its scopes and, if not
  /// empty, `more_scope` (a full URL).
  Task<model::FlowStart> renew(const model::Access& access, model::Connection connection,
                               std::string more_scope = {});

  /// The person pressed Continue in a browser holding `browser_secret`: binds the flow to it and
  /// returns Google's consent URL. Errors: not_found, invalid_argument (expired).
  Task<std::string> proceed(std::string state, std::string browser_secret);

  /// For a person who allowed less than was requested and wants to choose again, in the same
  /// browser: a flow like the one that ended, bound to it. Returns Google's consent URL.
  Task<std::string> choose_again(model::FlowEnd ended, std::string browser_secret);

  /// Finishes on our own callback page: requires the browser in which Continue was pressed
  /// (Errc::forbidden otherwise, and nothing is consumed).
  Task<model::FlowEnd> finish_in_browser(std::string state, std::string code,
                                         std::string browser_secret);

  /// Finishes by a tool. Fails as for an unknown state unless the access includes the state's user;
  /// another user's state is not consumed.
  Task<model::FlowEnd> finish(const model::Access& access, std::string state, std::string code);

  // A sign-in to this server: Google says who the user is.

  /// Google's consent URL. The caller keeps state and verifier, and sees to the browser.
  std::string sign_in_url(const std::string& state, const Secret& verifier,
                          const std::vector<std::string>& scopes,
                          const std::string& redirect_uri) const;
  /// The user as whom this account signs in; throws forbidden for one that may not.
  using Admit = std::function<model::ExternalUserId(const google::Identity&)>;
  /// Exchanges the code, asks `admit` about the account, and connects it for that user, who is made
  /// when first seen. Errors as of the other ways to finish; what `admit` throws after the grant is
  /// given back to Google.
  Task<model::FlowEnd> sign_in(std::vector<std::string> scopes, Secret verifier,
                               std::string redirect_uri, std::string code, Admit admit);

  /// For Google's error redirect with the error `word` ("access_denied"): takes the flow out and
  /// returns its return_url.
  Task<std::string> refuse(std::string state, std::string browser_secret, std::string word);
  /// The error that such a word means; nullopt when the person chose not to connect.
  std::optional<Error> trouble_at_google(std::string_view word) const;

  const ConnectOptions& options() const { return options_; }

 private:
  std::vector<std::string> scopes_for(const model::FlowRequest& request) const;
  std::string redirect_uri_for(const model::FlowRequest& request) const;
  std::string consent_url(const store::Flow& flow, const std::string& state) const;

  Task<model::FlowEnd> complete(store::Flow flow, std::string code);
  Task<model::Connection> connect(store::Flow flow, std::string code, Admit admit);
  Task<google::TokenGrant> exchange(const store::Flow& flow, std::string code);
  Task<google::Identity> identity(Secret access_token);
  Task<model::Connection> save(const store::Flow& flow, google::TokenGrant grant,
                               google::Identity who, Timestamp expires_at);
  Task<void> discard(google::TokenGrant grant, google::Identity who);

  store::Store& store_;
  const crypto::KeyRing& keys_;
  google::OAuthApi& oauth_;
  TokenVault& vault_;
  SignIns& sign_ins_;
  Clock& clock_;
  Log& log_;
  ConnectOptions options_;
};

}  // namespace gmail_mcp::accounts
