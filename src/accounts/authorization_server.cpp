#include "accounts/authorization_server.h"

#include <algorithm>
#include <boost/json.hpp>
#include <utility>

#include "accounts/mail_scopes.h"
#include "accounts/redirect_uri.h"
#include "base/caught.h"
#include "base/text.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace gmail_mcp::accounts {

namespace json = boost::json;

namespace {

constexpr std::string_view state_prefix = "gms_";
constexpr std::chrono::minutes time_to_agree{10};
// The program exchanges it at once.
constexpr std::chrono::seconds code_life{120};
constexpr std::size_t longest_state = 2'048;
constexpr std::size_t longest_client_id = 16'384;

model::Access sign_in_access() { return model::Access::system("sign in with Google"); }

json::array texts_as_json(const std::vector<std::string>& texts) {
  json::array out;
  for (const auto& one : texts) out.emplace_back(json::string{one});
  return out;
}

std::vector<std::string> texts_in(const json::object& from, std::string_view key) {
  std::vector<std::string> out;
  for (const auto& one : from.at(key).as_array()) out.emplace_back(one.as_string());
  return out;
}

std::string text_in(const json::object& from, std::string_view key) {
  return std::string{std::string_view{from.at(key).as_string()}};
}

json::object as_json(const Authorization& request) {
  json::object out;
  out["client"] = request.client;
  out["name"] = request.client_name;
  out["host"] = request.client_host;
  out["redirect"] = request.redirect_uri;
  out["state"] = request.state;
  out["scopes"] = texts_as_json(request.scopes);
  out["challenge"] = request.challenge;
  return out;
}

// Only what we have sealed ourselves is read.
Authorization request_in(const json::object& from) {
  Authorization request;
  request.client = text_in(from, "client");
  request.client_name = text_in(from, "name");
  request.client_host = text_in(from, "host");
  request.redirect_uri = text_in(from, "redirect");
  request.state = text_in(from, "state");
  request.scopes = texts_in(from, "scopes");
  request.challenge = text_in(from, "challenge");
  return request;
}

// BASE64URL(SHA256(verifier)): RFC 7636 §4.2.
bool is_challenge(std::string_view text) {
  return text.size() == 43 && std::all_of(text.begin(), text.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '_';
         });
}

std::string with_fields(const std::string& uri, const http::QueryFields& fields) {
  const auto separator = uri.find('?') == std::string::npos ? '?' : '&';
  return uri + separator + http::encode_query(fields);
}

Error too_many(std::string message, std::chrono::seconds wait) {
  return Error{Errc::rate_limited, std::move(message), "Wait until retry_after."}.with_retry_after(
      std::max(wait, std::chrono::seconds{1}));
}

constexpr std::int64_t most_of_a_network = 60;
constexpr std::chrono::seconds counted_within{600};

void count_or_refuse(NetworkCounts& counts, const std::string& address) {
  const auto wait = counts.count(address);
  if (!wait) return;
  throw too_many("Rate limited: too many programs or people sign in from this address.", *wait);
}

Error not_admitted() {
  return Error{
      Errc::forbidden, "This Google account may not sign in to this server.",
      "Sign in with another account, or ask the people who run this server to allow yours."};
}

}  // namespace

std::optional<std::string> single_field(const http::QueryFields& fields, std::string_view name) {
  std::optional<std::string> found;
  for (const auto& [key, value] : fields) {
    if (key != name) continue;
    if (found) return std::nullopt;
    found = value;
  }
  return found.value_or("");
}

bool is_our_resource(std::string_view given, const SignInRules& rules) {
  if (given.empty() || given == rules.resource) return true;
  return given == rules.resource + "/";
}

AuthorizationServer::AuthorizationServer(store::Store& store, const crypto::KeyRing& keys,
                                         Connect& connect, ClientDocuments* documents, Clock& clock,
                                         Log& log, SignInRules rules)
    : store_{store},
      connect_{connect},
      documents_{documents},
      clock_{clock},
      log_{log},
      rules_{std::move(rules)},
      apps_{crypto::Sealer{keys, "oauth client"}},
      consents_{keys, "oauth consent"},
      requests_{keys, "oauth request"},
      codes_{keys, code_label},
      registrations_{clock, most_of_a_network, counted_within},
      sign_ins_{clock, most_of_a_network, counted_within},
      look_ups_{clock, most_of_a_network, counted_within} {}

void AuthorizationServer::count_registration(const std::string& address) {
  count_or_refuse(registrations_, address);
}

void AuthorizationServer::count_sign_in(const std::string& address) {
  count_or_refuse(sign_ins_, address);
}

// Somebody could have us ask many sites.
Task<ClientApp> AuthorizationServer::documented(std::string client_id, std::string address) {
  if (!documents_->knows(client_id)) count_or_refuse(look_ups_, address);
  auto network = networks_of(address).back();
  co_return co_await documents_->fetch(std::move(client_id), std::move(network));
}

Task<std::variant<ClientApp, OAuthRefusal>> AuthorizationServer::client_of(std::string client_id,
                                                                           std::string address) {
  if (client_id.empty() || client_id.size() > longest_client_id) {
    co_return OAuthRefusal{"invalid_request", "The client_id is missing."};
  }
  if (documents_ != nullptr && ClientDocuments::is_address(client_id)) {
    auto app = co_await caught(documented(std::move(client_id), std::move(address)));
    if (app) co_return std::move(app).value();
    // Whatever else went wrong is not the program's fault, and passes.
    if (app.error().code != Errc::invalid_argument) throw Error{app.error()};
    co_return OAuthRefusal{"invalid_client", app.error().message};
  }
  auto app = apps_.open(client_id, clock_.now());
  if (!app) {
    co_return OAuthRefusal{"invalid_client",
                           "No such client is registered here. Let the program register again."};
  }
  co_return *std::move(app);
}

Task<std::variant<Authorization, RefusedAuthorization>> AuthorizationServer::judge(
    http::QueryFields fields, std::string address) {
  const auto refused = [](OAuthRefusal why) { return RefusedAuthorization{.why = std::move(why)}; };
  auto client_id = single_field(fields, "client_id");
  auto redirect = single_field(fields, "redirect_uri");
  if (!client_id || !redirect) {
    co_return refused({"invalid_request", "The client_id or redirect_uri is there twice."});
  }
  auto client = co_await client_of(std::move(*client_id), std::move(address));
  if (auto* why = std::get_if<OAuthRefusal>(&client)) co_return refused(std::move(*why));
  const auto& app = std::get<ClientApp>(client);
  auto back = app.redirect_for(*redirect);
  if (!back) {
    co_return refused({"invalid_request", "The redirect_uri is none that this client registered."});
  }

  // From here on the program itself can be told.
  Authorization request;
  request.client = app.digest;
  request.client_name = app.name;
  request.client_host = app.host;
  request.redirect_uri = std::move(*back);
  const auto state = single_field(fields, "state");
  const bool has_good_state = state && state->size() <= longest_state;
  if (has_good_state) request.state = *state;
  const auto no = [&](std::string_view error, std::string_view description) {
    RefusedAuthorization out;
    out.why = {std::string{error}, std::string{description}};
    out.back = refuse(request, error, description);
    out.redirect_uri = request.redirect_uri;
    return out;
  };
  if (!has_good_state) co_return no("invalid_request", "The state is there twice or too long.");
  for (const auto* name : {"response_type", "code_challenge", "code_challenge_method", "scope"}) {
    if (!single_field(fields, name)) {
      co_return no("invalid_request", "A parameter is there twice.");
    }
  }
  if (http::query_value(fields, "response_type") != "code") {
    co_return no("unsupported_response_type", "Only response_type=code is known here.");
  }
  request.challenge = http::query_value(fields, "code_challenge");
  if (http::query_value(fields, "code_challenge_method") != "S256" ||
      !is_challenge(request.challenge)) {
    co_return no("invalid_request",
                 "PKCE is needed: code_challenge with code_challenge_method=S256.");
  }
  const auto resource = single_field(fields, "resource");
  if (!resource || !is_our_resource(*resource, rules_)) {
    co_return no("invalid_target", "The resource is not the one that this server protects.");
  }
  const auto scope = http::query_value(fields, "scope");
  request.scopes = trim(scope).empty() ? default_mail_scopes() : known_mail_scopes(scope);
  if (request.scopes.empty()) {
    const auto why = "None of the scopes is one of " + join(mail_scopes(), ", ") + ".";
    co_return no("invalid_scope", why);
  }
  co_return request;
}

std::string AuthorizationServer::seal(const Authorization& request,
                                      const std::string& browser_secret) const {
  return consents_.seal(json::serialize(as_json(request)), browser_secret,
                        clock_.now() + time_to_agree);
}

std::optional<Authorization> AuthorizationServer::open(std::string_view sealed,
                                                       const std::string& browser_secret) const {
  if (browser_secret.empty()) return std::nullopt;
  const auto opened = consents_.open_valid(sealed, browser_secret, clock_.now());
  if (!opened) return std::nullopt;
  return request_in(json::parse(*opened).as_object());
}

std::string AuthorizationServer::with_answer(const Authorization& request,
                                             http::QueryFields fields) const {
  if (!request.state.empty()) fields.emplace_back("state", request.state);
  fields.emplace_back("iss", rules_.issuer);
  return with_fields(request.redirect_uri, fields);
}

std::string AuthorizationServer::refuse(const Authorization& request, std::string_view error,
                                        std::string_view description) const {
  http::QueryFields fields{{"error", std::string{error}}};
  if (!description.empty()) fields.emplace_back("error_description", std::string{description});
  return with_answer(request, std::move(fields));
}

Task<std::string> AuthorizationServer::begin(Authorization request, std::string browser_secret) {
  const auto pkce = crypto::make_pkce();
  const auto state = std::string{state_prefix} + crypto::random_token(32);
  const auto scopes = google_scopes_of(request.scopes, rules_.google_scopes);
  json::object kept;
  kept["request"] = as_json(request);
  kept["scopes"] = texts_as_json(scopes);
  kept["verifier"] = pkce.verifier.reveal();
  store::SignInRequest row;
  row.state_hash = crypto::sha256_hex(state);
  row.browser_hash = crypto::sha256_hex(browser_secret);
  row.expires_at = clock_.now() + rules_.time_to_sign_in;
  row.request = requests_.seal(json::serialize(kept), row.state_hash, row.expires_at);
  co_await store_.client_grants().ask(std::move(row));
  log_.info("sign_in_started", {{"client", request.label()}});
  co_return connect_.sign_in_url(state, pkce.verifier, scopes, rules_.redirect_uri);
}

bool AuthorizationServer::is_ours(std::string_view state) {
  return state.starts_with(state_prefix);
}

Task<AuthorizationServer::PendingPtr> AuthorizationServer::take(std::string state,
                                                                std::string browser_secret) {
  if (browser_secret.empty()) co_return nullptr;
  const auto hash = crypto::sha256_hex(state);
  const auto row = co_await store_.client_grants().answer(hash, crypto::sha256_hex(browser_secret));
  if (!row) co_return nullptr;
  const auto opened = requests_.open_valid(row->request, hash, clock_.now());
  if (!opened) co_return nullptr;
  const auto parsed = json::parse(*opened);
  const auto& kept = parsed.as_object();
  auto pending = std::make_shared<Pending>();
  pending->request = request_in(kept.at("request").as_object());
  pending->google_scopes = texts_in(kept, "scopes");
  pending->verifier = Secret{text_in(kept, "verifier")};
  co_return pending;
}

Task<model::FlowEnd> AuthorizationServer::finish(PendingPtr pending, std::string code) {
  Connect::Admit admit = [this, pending](const google::Identity& who) {
    if (!rules_.admits(who.email, who.hosted_domain)) throw not_admitted();
    pending->hosted_domain = who.hosted_domain;
    return model::ExternalUserId{store::sign_in_users + who.sub};
  };
  co_return co_await connect_.sign_in(pending->google_scopes, pending->verifier,
                                      rules_.redirect_uri, std::move(code), std::move(admit));
}

Task<std::string> AuthorizationServer::back(PendingPtr pending, model::FlowEnd end) {
  const auto& request = pending->request;
  const auto scopes = covered_by(end.connection.scopes, request.scopes);
  if (scopes.empty()) {
    co_return refuse(request, "access_denied",
                     "Nothing of what the program asked for was allowed at Google.");
  }
  const auto now = clock_.now();
  store::ClientGrant grant;
  grant.id = crypto::random_uuid();
  grant.user_id = end.connection.user_id;
  grant.external_user_id = end.connection.external_user_id;
  grant.address = end.connection.gmail_address;
  grant.hosted_domain = pending->hosted_domain;
  grant.client = request.client;
  grant.client_name = request.client_name;
  if (grant.client_name.empty()) grant.client_name = request.client_host;
  grant.scopes = scopes;
  grant.audience = rules_.resource;
  grant.created_at = grant.used_at = grant.rotated_at = now;
  grant.expires_at = now + code_life;
  json::object kept;
  kept["grant"] = grant.id;
  kept["redirect"] = request.redirect_uri;
  kept["challenge"] = request.challenge;
  kept["label"] = request.label();
  const auto code = codes_.seal(json::serialize(kept), request.client, grant.expires_at);
  co_await store_.client_grants().begin(sign_in_access(), std::move(grant));
  log_.info("sign_in_finished", {{"client", request.label()}});
  http::QueryFields answer{{"code", code}};
  co_return with_answer(request, std::move(answer));
}

}  // namespace gmail_mcp::accounts
