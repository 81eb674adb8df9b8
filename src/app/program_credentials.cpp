// Who may connect accounts and who is recognised: the parts of a program that know credentials.
#include <sys/resource.h>

#include <algorithm>

#include "app/measures.h"
#include "app/program.h"
#include "google/scopes.h"

namespace gmail_mcp::app {

namespace {

// To one host. With HTTP/1.1 a request that is under way has a connection to itself, and should not
// wait while the server would take another; of the descriptors that callers leave (doors.cpp) these
// are half.
std::size_t connections_per_host() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 64;
  return static_cast<std::size_t>(std::clamp<rlim_t>(files.rlim_cur / 8, 64, 1024));
}

}  // namespace

void Program::open_credentials() {
  const auto& google = settings().google;
  http::ClientOptions client_options;
  client_options.ca_file = google.ca_file;
  client_options.proxy = google.proxy;
  client_options.connections_per_host = connections_per_host();
  http_ = http::make_client(loop_, std::move(client_options));

  if (settings().has_google_client()) {
    google::OAuthClient client{google.client_id, google.client_secret};
    oauth_ = std::make_unique<google::OAuthApi>(*http_, google.endpoints(), std::move(client));
  }
  accounts::VaultOptions vault_options;
  vault_options.refresh_buffer = std::chrono::seconds{settings().token_refresh_buffer_seconds};
  vault_ = std::make_unique<accounts::TokenVault>(*store_, *keys_, oauth_.get(), clock_, log_,
                                                  vault_options);
  measure_vault(meter_, *vault_);
  user_tokens_ = std::make_unique<accounts::UserTokens>(loop_.get_executor(), *store_, clock_);

  accounts::SignInOptions sign_in;
  sign_in.public_url = settings().effective_public_url();
  sign_in.return_urls = settings().server.return_urls;
  sign_in.state_ttl = std::chrono::seconds{settings().oauth_state_ttl_seconds};
  sign_ins_ = std::make_unique<accounts::SignIns>(*store_, clock_, log_, connect_tally_,
                                                  std::move(sign_in));
  receipts_ = std::make_unique<accounts::FlowReceipts>(*store_, *keys_, clock_);
  if (!settings().server.oauth.issuer.empty()) {
    token_issuer_ = std::make_unique<TokenIssuer>(loop_, settings(), clock_, log_);
    token_issuer_->measure(meter_);
  }
  if (report_.oauth_ready) open_google();
  if (report_.oauth_ready && settings().server.sign_in.enabled) open_sign_in();
  if (report_.app_password_ready) open_passwords();
}

void Program::open_google() {
  const auto& google = settings().google;
  accounts::ConnectOptions options;
  options.endpoints = google.endpoints();
  options.client = google::OAuthClient{google.client_id, google.client_secret};
  options.redirect_uris = settings().effective_redirect_uris();
  for (const auto& scope : google.scopes) {
    auto full = google::full_scope(scope);
    if (!full) {
      throw Error{Errc::misconfigured, "The setting google.scopes names a scope that is not known.",
                  "Use full URLs or short names such as gmail.readonly."};
    }
    options.scopes.push_back(std::move(*full));
  }
  connect_ = std::make_unique<accounts::Connect>(*store_, *keys_, *oauth_, *vault_, *sign_ins_,
                                                 clock_, log_, std::move(options));
}

void Program::open_sign_in() {
  const auto& set = settings().server.sign_in;
  accounts::SignInRules rules;
  rules.issuer = settings().effective_public_url();
  rules.resource = rules.issuer + "/mcp";
  rules.redirect_uri = rules.issuer + "/oauth/callback";
  rules.google_scopes = connect_->options().scopes;
  rules.allowed_domains = set.allowed_domains;
  rules.allowed_addresses = set.allowed_addresses;
  rules.access_life = std::chrono::seconds{set.access_token_seconds};
  rules.idle_life = std::chrono::days{set.idle_days};
  rules.time_to_sign_in = std::chrono::seconds{settings().oauth_state_ttl_seconds};
  // Strangers name what it fetches, so it reaches nothing of ours and goes through no proxy of
  // ours.
  http::ClientOptions options;
  options.public_addresses_only = true;
  strangers_http_ = http::make_client(loop_, std::move(options));
  client_documents_ = std::make_unique<accounts::ClientDocuments>(*strangers_http_, clock_);
  authorization_server_ = std::make_unique<accounts::AuthorizationServer>(
      *store_, *keys_, *connect_, client_documents_.get(), clock_, log_, rules);
  client_tokens_ = std::make_unique<accounts::ClientTokens>(
      *store_, *keys_, authorization_server_->apps(), clock_, log_, std::move(rules));
}

void Program::open_passwords() {
  password_check_ = std::make_unique<PasswordCheck>(settings().mail);
  auto* check = password_check_.get();
  passwords_ = std::make_unique<accounts::AppPasswords>(
      *store_, *keys_,
      [check](std::string address, Secret password) {
        return check->verify(std::move(address), std::move(password));
      },
      clock_, log_, connect_tally_);
}

std::vector<accounts::Recognizer*> Program::recognizers() {
  std::vector<accounts::Recognizer*> all;
  if (user_tokens_) all.push_back(user_tokens_.get());
  if (client_tokens_) all.push_back(client_tokens_.get());
  if (token_issuer_) all.push_back(&token_issuer_->callers());
  return all;
}

void Program::follow_issuer() {
  if (token_issuer_) housekeeping_.spawn(token_issuer_->keep_fresh());
}

}  // namespace gmail_mcp::app
