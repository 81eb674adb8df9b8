#include "accounts/connect.h"

#include <algorithm>
#include <utility>

#include "accounts/return_url.h"
#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"
#include "google/scopes.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::string_view start_again = "Start again with a new link: gmail_get_auth_url.";

// The person on our pages has no credential but the state; what it reaches is that one flow.
model::Access page() { return model::Access::system("oauth page"); }

Error unknown_state() {
  return Error{Errc::invalid_argument,
               "Invalid OAuth state parameter: no such sign-in is pending, or it was used already.",
               std::string{start_again}};
}

Error expired_state() {
  return Error{Errc::invalid_argument,
               "The OAuth state parameter has expired: the sign-in was not finished in time.",
               std::string{start_again}};
}

Error other_browser() {
  return Error{Errc::forbidden, "This sign-in was not begun in this browser.",
               "Open the link you were given in this browser and press Continue there."};
}

Error no_browser_secret() {
  return Error{Errc::invalid_argument, "The browser did not send its cookie.",
               "Allow cookies for this page, then press Continue again."};
}

Error missing_code() {
  return Error{Errc::invalid_argument, "The authorization code is missing.",
               "Pass the `code` that Google appended to the redirect URI."};
}

// What went wrong at Google after the state was used: nothing of this flow can be tried again.
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
                   std::string{start_again}}
          .with_detail(std::move(detail));
  }
}

std::string expected_email_of(const model::FlowRequest& request) {
  const auto address = trim(request.expected_email);
  if (!address.empty() && address.find('@') == std::string_view::npos) {
    throw Error{Errc::invalid_argument, "expected_email is no e-mail address.",
                "Pass the address of the Google account to be connected, or leave it out."};
  }
  return std::string{address};
}

// Why this identity may not be connected by this flow.
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

bool is_bound(const store::Flow& flow, const std::string& browser_secret) {
  if (flow.browser_hash.empty() || browser_secret.empty()) return false;
  const auto hash = crypto::sha256_hex(browser_secret);
  return crypto::equal_in_constant_time(hash, flow.browser_hash);
}

}  // namespace

Connect::Connect(store::Store& store, const crypto::KeyRing& keys, google::OAuthApi& oauth,
                 TokenVault& vault, Clock& clock, Log& log, ConnectOptions options)
    : store_{store},
      keys_{keys},
      oauth_{oauth},
      vault_{vault},
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

Error Connect::failed(std::string_view reason, Error error) const {
  log_.warning("oauth_failed", {{"reason", reason}, {"message", error.message}});
  return error;
}

bool Connect::is_expired(const store::Flow& flow) const { return clock_.now() >= flow.expires_at; }

Task<model::FlowStart> Connect::renew(const model::Access& access, model::Connection connection,
                                      std::string more_scope) {
  model::FlowRequest request;
  request.user = std::move(connection.external_user_id);
  request.expected_email = std::move(connection.gmail_address);
  // Google adds what the person granted to other clients of the project: that is not ours to ask.
  for (auto& scope : connection.scopes) {
    if (google::full_scope(scope)) request.scopes.push_back(std::move(scope));
  }
  if (!more_scope.empty()) request.scopes.push_back(std::move(more_scope));
  co_return co_await start(access, std::move(request));
}

Task<model::FlowStart> Connect::start(const model::Access& access, model::FlowRequest request) {
  if (!access.may_act_for(request.user)) {
    throw Error{Errc::forbidden, "This credential may act for its own user only."};
  }
  store::Flow flow;
  flow.scopes = scopes_for(request);
  flow.redirect_uri = redirect_uri_for(request);
  flow.expected_email = expected_email_of(request);
  flow.return_url = request.return_url;
  if (!flow.return_url.empty() && !is_allowed_return_url(flow.return_url, options_.return_urls)) {
    throw Error{Errc::invalid_argument, "This return_url is not below one of the configured ones.",
                "Leave it out, or add its origin and path to server.return_urls."};
  }
  const auto state = crypto::random_token(32);
  flow.state_hash = crypto::sha256_hex(state);
  flow.code_verifier_encrypted = keys_.encrypt(crypto::make_pkce().verifier);
  flow.expires_at = clock_.now() + options_.state_ttl;

  auto user = co_await store_.users().get_or_create(access, request.user);
  flow.user_id = std::move(user.id);
  flow.external_user_id = std::move(user.external_id);

  model::FlowStart begun;
  begun.auth_url = consent_url(flow, state);
  begun.state = state;
  begun.connect_url = options_.public_url + "/oauth/start?state=" + percent_encode(state);
  begun.expires_in = options_.state_ttl;
  co_await store_.flows().begin(access, std::move(flow));
  log_.info("oauth_started");
  co_return begun;
}

Task<std::optional<FlowView>> Connect::look(std::string state) {
  const auto flow = co_await store_.flows().find(page(), crypto::sha256_hex(state));
  if (!flow) co_return std::nullopt;
  FlowView view;
  view.user = flow->external_user_id;
  view.scopes = flow->scopes;
  view.expected_email = flow->expected_email;
  view.expired = is_expired(*flow);
  co_return view;
}

Task<std::string> Connect::proceed(std::string state, std::string browser_secret) {
  const auto hash = crypto::sha256_hex(state);
  const auto flow = co_await store_.flows().find(page(), hash);
  const Error unknown{Errc::not_found, "No such sign-in is pending, or it was used already.",
                      "Ask for a new link."};
  if (!flow) throw unknown;
  if (is_expired(*flow)) throw expired_state();
  if (browser_secret.empty()) throw no_browser_secret();
  auto url = consent_url(*flow, state);
  const bool bound =
      co_await store_.flows().bind_browser(page(), hash, crypto::sha256_hex(browser_secret));
  if (!bound) throw unknown;  // finished or expired in between
  co_return url;
}

Task<bool> Connect::is_bound_to(std::string state, std::string browser_secret) {
  const auto flow = co_await store_.flows().find(page(), crypto::sha256_hex(state));
  co_return flow&& is_bound(*flow, browser_secret);
}

// Takes the flow out for the browser that pressed Continue, and for no other.
Task<store::Flow> Connect::flow_of_browser(std::string state, std::string browser_secret) {
  const auto hash = crypto::sha256_hex(state);
  const auto found = co_await store_.flows().find(page(), hash);
  if (!found) throw failed("unknown_state", unknown_state());
  if (!is_bound(*found, browser_secret)) throw failed("other_browser", other_browser());
  auto flow = co_await store_.flows().consume(page(), hash);
  if (!flow) throw failed("unknown_state", unknown_state());
  // Another browser may have pressed Continue while we looked.
  if (!is_bound(*flow, browser_secret)) throw failed("other_browser", other_browser());
  co_return std::move(*flow);
}

Task<model::FlowEnd> Connect::finish_in_browser(std::string state, std::string code,
                                                std::string browser_secret) {
  if (code.empty()) throw missing_code();
  auto flow = co_await flow_of_browser(std::move(state), std::move(browser_secret));
  co_return co_await complete(std::move(flow), std::move(code));
}

Task<model::FlowEnd> Connect::finish(const model::Access& access, std::string state,
                                     std::string code) {
  if (code.empty()) throw missing_code();
  // The access is part of the one statement that takes the flow out: a stranger's stays.
  auto flow = co_await store_.flows().consume(access, crypto::sha256_hex(state));
  if (!flow) throw failed("unknown_state", unknown_state());
  co_return co_await complete(std::move(*flow), std::move(code));
}

Task<std::string> Connect::refuse(std::string state, std::string browser_secret) {
  const auto flow = co_await flow_of_browser(std::move(state), std::move(browser_secret));
  log_.info("oauth_failed", {{"reason", "refused_by_person"}});
  co_return flow.return_url;
}

Task<model::FlowEnd> Connect::complete(store::Flow flow, std::string code) {
  if (is_expired(flow)) throw failed("expired", expired_state());
  model::FlowEnd end;
  end.return_url = flow.return_url;
  try {
    end.connection = co_await connect(flow, std::move(code));
  } catch (const Error& error) {
    log_.warning("oauth_failed", {{"reason", to_string(error.code)}, {"message", error.message}});
    throw;
  }
  log_.info("oauth_finished", {{"connection_id", end.connection.id.str()}});
  co_return end;
}

Task<model::Connection> Connect::connect(const store::Flow& flow, std::string code) {
  const auto asked_at = clock_.now();
  auto grant = co_await exchange(flow, std::move(code));
  // The answer names what was granted; without a word it is what was asked (RFC 6749 §5.1).
  if (grant.scopes.empty()) grant.scopes = flow.scopes;
  auto who = co_await identity(grant.access_token);
  if (const auto refused = refusal(who, flow)) {
    co_await discard(std::move(grant), std::move(who));
    throw Error{*refused};
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
  const auto existing = co_await store_.connections().list(page(), std::move(filter));
  const auto same = std::find_if(existing.begin(), existing.end(), [&](const auto& connection) {
    return equals_ignoring_case(connection.gmail_address, credential.gmail_address);
  });
  // A name that was chosen for the account stays.
  if (same != existing.end() && !same->display_name.empty()) credential.display_name.clear();

  bool lasting = !grant.refresh_token.empty();
  if (lasting) {
    credential.ciphertexts.refresh_token = keys_.encrypt(grant.refresh_token);
  } else if (same != existing.end() && same->is_active() &&
             same->google_sub == credential.google_sub) {
    // The store keeps the old one then.
    const auto stored = co_await store_.connections().credential(page(), same->id);
    lasting = stored && !stored->ciphertexts.refresh_token.empty();
  }
  if (!lasting) {
    throw Error{Errc::reconnect_required,
                "Google gave no refresh token: it believes that this application still has one.",
                "Remove the application at https://myaccount.google.com/connections, then connect "
                "again."};
  }
  co_return co_await store_.connections().save(page(), std::move(credential));
}

// Gives back a grant that will not be stored. Revoking ends every grant of that account to our
// client, so it is left alone when some connection may live on it.
Task<void> Connect::discard(google::TokenGrant grant, google::Identity who) {
  try {
    store::ConnectionFilter everyone;
    const auto limit = static_cast<std::size_t>(everyone.limit);
    const auto connected = co_await store_.connections().list(page(), std::move(everyone));
    const bool in_use = connected.size() >= limit ||
                        std::any_of(connected.begin(), connected.end(), [&](const auto& other) {
                          return other.google_sub == who.sub ||
                                 equals_ignoring_case(other.gmail_address, who.email);
                        });
    if (in_use) co_return;
    Secret token = grant.refresh_token.empty() ? grant.access_token : grant.refresh_token;
    co_await oauth_.revoke(std::move(token));
  } catch (const Error& error) {
    // What is lost is a line on the person's account page; why we refused matters more.
    log_.warning("revocation_failed", {{"code", to_string(error.code)}});
  }
}

}  // namespace gmail_mcp::accounts
