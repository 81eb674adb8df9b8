#include "accounts/connect.h"

#include <algorithm>
#include <utility>

#include "base/caught.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "google/scopes.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::string_view start_again = "Start again with a new link: gmail_get_auth_url.";

// The only credential of the person on our pages is the state, which gives access to that one flow.
model::Access oauth_page() { return model::Access::system("oauth page"); }

Error missing_code() {
  return Error{Errc::invalid_argument, "The authorization code is missing.",
               "Pass the `code` that Google appended to the redirect URI."};
}

// The error for a failure at Google. When Google itself is the cause, the flow stays for another
// try.
Error exchange_trouble(const Error& cause) {
  std::string detail = cause.detail.empty() ? cause.message : cause.detail;
  switch (cause.code) {
    case Errc::misconfigured:
    case Errc::forbidden:
    case Errc::insufficient_scope:
    case Errc::reconnect_required: return cause;  // these say themselves what to do
    case Errc::invalid_argument:
      return Error{Errc::invalid_argument,
                   "Token exchange failed: Google did not accept the authorization code.",
                   std::string{start_again}}
          .with_detail(std::move(detail));
    default:
      return Error{Errc::unavailable,
                   "Token exchange failed: Google gave no answer that could be used.",
                   "Try again in a moment, with the same link. If Google no longer accepts the "
                   "code, let the person open the link once more."}
          .with_detail(std::move(detail));
  }
}

// Why this flow may not connect this identity.
std::optional<Error> refusal(const google::Identity& who, const store::Flow& flow) {
  if (who.sub.empty() || who.email.empty() || !who.email_verified) {
    return Error{Errc::forbidden, "Google has not verified the address of this account.",
                 "Verify it at https://myaccount.google.com, then start again."};
  }
  if (!flow.expected_email.empty() && !equals_ignoring_case(who.email, flow.expected_email)) {
    return Error{Errc::forbidden,
                 "Another Google account signed in than the one this link is meant for.",
                 "Start again with a new link, and choose the expected account at Google."};
  }
  return std::nullopt;
}

std::string_view outcome_at_google(const std::optional<Error>& trouble) {
  if (!trouble) return "refused_by_person";
  return trouble->code == Errc::forbidden ? "refused_by_administrator" : "refused_by_google";
}

}  // namespace

Connect::Connect(store::Store& store, const crypto::KeyRing& keys, google::OAuthApi& oauth,
                 TokenVault& vault, SignIns& sign_ins, Clock& clock, Log& log,
                 ConnectOptions options)
    : store_{store},
      keys_{keys},
      oauth_{oauth},
      vault_{vault},
      sign_ins_{sign_ins},
      clock_{clock},
      log_{log},
      options_{std::move(options)} {}

std::vector<std::string> Connect::scopes_for(const model::FlowRequest& request) const {
  if (request.scopes.empty()) return google::with_identity(options_.scopes);
  std::vector<std::string> scopes;
  for (const auto& name : request.scopes) {
    auto scope = google::full_scope(name);
    if (!scope) {
      throw Error{Errc::invalid_argument, "A scope is no Gmail or identity scope of Google.",
                  "Name them in full or short, as gmail.readonly, gmail.send or gmail.modify."};
    }
    scopes.push_back(std::move(*scope));
  }
  return google::with_identity(std::move(scopes));
}

std::string Connect::redirect_uri_for(const model::FlowRequest& request) const {
  const auto& allowed = options_.redirect_uris;
  if (allowed.empty()) {
    throw Error{Errc::misconfigured, "No redirect URI is configured.",
                "Set server.public_url or google.redirect_uri."};
  }
  if (request.redirect_uri.empty()) return allowed.front();
  if (std::find(allowed.begin(), allowed.end(), request.redirect_uri) == allowed.end()) {
    throw Error{Errc::invalid_argument, "This redirect_uri is not one of the configured ones.",
                "Leave it out, or add it to google.redirect_uris exactly as written."};
  }
  return request.redirect_uri;
}

std::string Connect::consent_url(const store::Flow& flow, const std::string& state) const {
  const Secret verifier = keys_.decrypt(flow.code_verifier_encrypted).value();
  google::ConsentRequest request;
  request.redirect_uri = flow.redirect_uri;
  request.scopes = flow.scopes;
  request.state = state;
  request.code_challenge = crypto::base64url_encode(crypto::sha256(verifier.reveal()));
  request.login_hint = flow.expected_email;
  return google::consent_url(options_.endpoints, options_.client, request);
}

Task<model::FlowStart> Connect::renew(const model::Access& access, model::Connection connection,
                                      std::string more_scope) {
  model::FlowRequest request;
  request.user = std::move(connection.external_user_id);
  request.expected_email = std::move(connection.gmail_address);
  // Google adds scopes granted to other clients of the project, which we must not request.
  for (auto& scope : connection.scopes) {
    if (google::full_scope(scope)) request.scopes.push_back(std::move(scope));
  }
  if (!more_scope.empty()) request.scopes.push_back(std::move(more_scope));
  co_return co_await start(access, std::move(request));
}

Task<model::FlowStart> Connect::start(const model::Access& access, model::FlowRequest request) {
  store::Flow flow;
  flow.scopes = scopes_for(request);
  flow.redirect_uri = redirect_uri_for(request);
  flow.code_verifier_encrypted = keys_.encrypt(crypto::make_pkce().verifier);
  auto begun = co_await sign_ins_.begin(access, std::move(request), std::move(flow));
  begun.start.auth_url = consent_url(begun.flow, begun.start.state);
  co_return std::move(begun.start);
}

Task<std::string> Connect::proceed(std::string state, std::string browser_secret) {
  const auto flow = co_await sign_ins_.bind(state, std::move(browser_secret));
  if (flow.code_verifier_encrypted.empty()) {
    throw Error{Errc::invalid_argument, "This sign-in does not lead to Google.",
                "Open the link you were given and finish with an App Password."};
  }
  co_return consent_url(flow, state);
}

Task<std::string> Connect::choose_again(model::FlowEnd ended, std::string browser_secret) {
  model::FlowRequest request;
  request.user = ended.connection.external_user_id;
  request.expected_email = ended.connection.gmail_address;
  request.scopes = std::move(ended.asked);
  request.return_url = std::move(ended.return_url);
  request.redirect_uri = std::move(ended.redirect_uri);
  auto begun = co_await start(oauth_page(), std::move(request));
  co_return co_await proceed(std::move(begun.state), std::move(browser_secret));
}

Task<model::FlowEnd> Connect::finish_in_browser(std::string state, std::string code,
                                                std::string browser_secret) {
  if (code.empty()) throw missing_code();
  auto flow = co_await sign_ins_.take_in_browser(std::move(state), std::move(browser_secret));
  co_return co_await complete(std::move(flow), std::move(code));
}

Task<model::FlowEnd> Connect::finish(const model::Access& access, std::string state,
                                     std::string code) {
  if (code.empty()) throw missing_code();
  auto flow = co_await sign_ins_.take(access, std::move(state));
  co_return co_await complete(std::move(flow), std::move(code));
}

Task<std::string> Connect::refuse(std::string state, std::string browser_secret, std::string word) {
  const auto flow = co_await sign_ins_.take_in_browser(std::move(state), std::move(browser_secret));
  const auto outcome = outcome_at_google(trouble_at_google(word));
  log_.info("oauth_failed", {{"reason", outcome}});
  sign_ins_.ended(outcome);
  co_return flow.return_url;
}

std::optional<Error> Connect::trouble_at_google(std::string_view word) const {
  if (word == "access_denied") return std::nullopt;
  auto denied = google::denial("Connecting the account failed", word, options_.client.client_id);
  if (denied) return denied;
  return Error{Errc::unavailable, "Google ended the sign-in without giving access.",
               "Start connecting the account again."};
}

Task<model::FlowEnd> Connect::complete(store::Flow flow, std::string code) {
  model::FlowEnd end;
  end.return_url = flow.return_url;
  end.asked = flow.scopes;
  end.redirect_uri = flow.redirect_uri;
  const Admit anybody;
  auto connected = co_await caught(connect(flow, std::move(code), anybody));
  if (!connected) {
    const Error& failure = connected.error();
    log_.warning("oauth_failed", {{"reason", to_string(failure.code)},
                                  {"message", failure.message},
                                  {"detail", failure.detail}});
    sign_ins_.ended(to_string(failure.code));
    // Nothing was decided, so the person may try again.
    if (failure.retryable()) co_await sign_ins_.put_back(std::move(flow));
    throw Error{failure};
  }
  end.connection = std::move(connected).value();
  end.missing = google::not_granted(flow.scopes, end.connection.scopes);
  sign_ins_.ended("ok");
  log_.info("oauth_finished", {{"connection_id", end.connection.id.str()}});
  co_return end;
}

std::string Connect::sign_in_url(const std::string& state, const Secret& verifier,
                                 const std::vector<std::string>& scopes,
                                 const std::string& redirect_uri) const {
  store::Flow flow;
  flow.scopes = scopes;
  flow.redirect_uri = redirect_uri;
  flow.code_verifier_encrypted = keys_.encrypt(verifier);
  return consent_url(flow, state);
}

Task<model::FlowEnd> Connect::sign_in(std::vector<std::string> scopes, Secret verifier,
                                      std::string redirect_uri, std::string code, Admit admit) {
  if (code.empty()) throw missing_code();
  store::Flow flow;
  flow.scopes = std::move(scopes);
  flow.redirect_uri = std::move(redirect_uri);
  flow.code_verifier_encrypted = keys_.encrypt(verifier);
  flow.expires_at = clock_.now() + sign_ins_.options().state_ttl;
  auto connected = co_await caught(connect(flow, std::move(code), std::move(admit)));
  if (!connected) {
    const Error& failure = connected.error();
    log_.warning("sign_in_failed", {{"reason", to_string(failure.code)},
                                    {"message", failure.message},
                                    {"detail", failure.detail}});
    sign_ins_.ended(to_string(failure.code));
    throw Error{failure};
  }
  model::FlowEnd end;
  end.asked = flow.scopes;
  end.redirect_uri = flow.redirect_uri;
  end.connection = std::move(connected).value();
  end.missing = google::not_granted(flow.scopes, end.connection.scopes);
  sign_ins_.ended("ok");
  co_return end;
}

Task<model::Connection> Connect::connect(store::Flow flow, std::string code, Admit admit) {
  sign_ins_.check_time(flow);
  const auto asked_at = clock_.now();
  auto grant = co_await exchange(flow, std::move(code));
  // The answer names the granted scopes; if it does not, they are the requested ones (RFC 6749
  // §5.1).
  if (grant.scopes.empty()) grant.scopes = flow.scopes;
  auto who = co_await identity(grant.access_token);
  auto refused = refusal(who, flow);
  if (!refused && admit) {
    try {
      flow.external_user_id = admit(who);
    } catch (const Error& error) {
      refused = error;
    }
  }
  if (refused) {
    co_await discard(std::move(grant), std::move(who));
    throw Error{*refused};
  }
  if (admit) {
    const auto user = co_await store_.users().get_or_create(oauth_page(), flow.external_user_id);
    flow.user_id = user.id;
  }
  const auto expires_at = asked_at + grant.expires_in;
  auto connection = co_await save(flow, std::move(grant), std::move(who), expires_at);
  vault_.forget(connection.id);
  co_return connection;
}

Task<google::TokenGrant> Connect::exchange(const store::Flow& flow, std::string code) {
  Secret verifier = keys_.decrypt(flow.code_verifier_encrypted).value();
  std::string redirect_uri = flow.redirect_uri;
  try {
    co_return co_await oauth_.exchange(std::move(code), std::move(verifier),
                                       std::move(redirect_uri));
  } catch (const Error& error) {
    throw exchange_trouble(error);
  }
}

Task<google::Identity> Connect::identity(Secret access_token) {
  try {
    co_return co_await oauth_.identity(std::move(access_token));
  } catch (const Error& error) {
    throw exchange_trouble(error);
  }
}

Task<model::Connection> Connect::save(const store::Flow& flow, google::TokenGrant grant,
                                      google::Identity who, Timestamp expires_at) {
  store::NewCredential credential;
  credential.user_id = flow.user_id;
  credential.gmail_address = std::move(who.email);
  credential.scopes = std::move(grant.scopes);
  credential.google_sub = std::move(who.sub);
  credential.display_name = std::move(who.name);
  credential.ciphertexts.access_token = keys_.encrypt(grant.access_token);
  credential.token_expires_at = expires_at;

  store::ConnectionFilter filter;
  filter.user = flow.external_user_id;
  filter.include_inactive = true;
  const auto existing = co_await store_.connections().list(oauth_page(), std::move(filter));
  const auto same = std::find_if(existing.begin(), existing.end(), [&](const auto& connection) {
    return equals_ignoring_case(connection.gmail_address, credential.gmail_address);
  });
  // A name that the person chose for the account stays.
  if (same != existing.end() && !same->display_name.empty()) credential.display_name.clear();

  bool lasting = !grant.refresh_token.empty();
  if (lasting) {
    credential.ciphertexts.refresh_token = keys_.encrypt(grant.refresh_token);
  } else if (same != existing.end() && same->is_active() &&
             same->google_sub == credential.google_sub) {
    // In this case the store keeps the old one.
    const auto stored = co_await store_.connections().credential(oauth_page(), same->id);
    lasting = stored && !stored->ciphertexts.refresh_token.empty();
  }
  if (!lasting) {
    throw Error{Errc::reconnect_required,
                "Google gave no refresh token: it believes that this application still has one.",
                "Remove the application at https://myaccount.google.com/connections, then connect "
                "again."};
  }
  co_return co_await store_.connections().save(oauth_page(), std::move(credential));
}

// Revokes a grant that will not be stored. Revoking ends every grant of that account to our client,
// so it is not done when some connection may use it.
Task<void> Connect::discard(google::TokenGrant grant, google::Identity who) {
  try {
    store::GoogleAccount account{.sub = std::move(who.sub), .address = std::move(who.email)};
    const bool in_use =
        co_await store_.connections().shared_by(oauth_page(), std::move(account), std::nullopt);
    if (in_use) co_return;
    Secret token = grant.refresh_token.empty() ? grant.access_token : grant.refresh_token;
    co_await oauth_.revoke(std::move(token));
  } catch (const Error& error) {
    // Only a line stays on the person's account page; the reason of our refusal is more important.
    log_.warning("revocation_failed", {{"code", to_string(error.code)}, {"detail", error.detail}});
  }
}

}  // namespace gmail_mcp::accounts
