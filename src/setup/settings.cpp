#include "setup/settings.h"

#include <algorithm>

#include "base/text.h"
#include "http/url.h"
#include "net/dial.h"
#include "setup/database_url.h"

namespace gmail_mcp {

namespace {

Result<store::Where> sqlite_place(const setup::SqliteSettings& sqlite) {
  if (sqlite.path.empty()) {
    return Error{Errc::misconfigured, "GMAIL_MCP_STORAGE_SQLITE_PATH is empty: name a file."};
  }
  return store::Where{store::SqliteFile{sqlite.path}};
}

Result<store::Where> postgres_place(const setup::PostgresSettings& postgres) {
  if (!setup::is_given(postgres.url.reveal())) {
    return Error{Errc::misconfigured,
                 "The storage is PostgreSQL, but no database is named: set "
                 "GMAIL_MCP_STORAGE_POSTGRES_URL or DATABASE_URL to "
                 "postgresql://user:password@host:5432/name."};
  }
  auto read = setup::read_postgres_url(postgres.url.reveal());
  if (!read) {
    return Error{Errc::misconfigured, read.error().message + " " + read.error().hint};
  }
  return store::Where{store::PostgresServer{std::move(read->postgres_url), postgres.connections}};
}

// A project's address, as the dashboard shows it; that of its REST interface is taken as well.
Result<store::Where> supabase_place(const setup::SupabaseSettings& supabase) {
  if (!setup::is_given(supabase.url) || !setup::is_given(supabase.key.reveal())) {
    return Error{Errc::misconfigured,
                 "The storage is Supabase, but its project is not named: set "
                 "GMAIL_MCP_STORAGE_SUPABASE_URL to https://<project>.supabase.co and "
                 "GMAIL_MCP_STORAGE_SUPABASE_KEY to its service role or secret key."};
  }
  const auto url = http::Url::parse(supabase.url);
  if (!url || !url->query.empty() || (url->scheme != "https" && !url->is_loopback())) {
    return Error{Errc::misconfigured,
                 "GMAIL_MCP_STORAGE_SUPABASE_URL is not an https URL: write it as "
                 "https://<project>.supabase.co."};
  }
  std::string_view path = url->path;
  for (const std::string_view end : {"/", "/rest/v1"}) {
    if (path.ends_with(end)) path.remove_suffix(end.size());
  }
  while (path.ends_with('/')) path.remove_suffix(1);
  const std::string_view key = supabase.key.reveal();
  if (key.starts_with("sb_publishable_")) {
    return Error{Errc::misconfigured,
                 "GMAIL_MCP_STORAGE_SUPABASE_KEY is a publishable key, which may read nothing: set "
                 "the secret key (sb_secret_…) or the service role key."};
  }
  return store::Where{store::SupabaseProject{url->origin() + std::string{path}, supabase.key}};
}

}  // namespace

const std::vector<std::string_view>& enum_names(LogLevel) {
  static const std::vector<std::string_view> names{"debug", "info", "warning", "error"};
  return names;
}

namespace setup {

const std::vector<std::string_view>& enum_names(StorageType) {
  static const std::vector<std::string_view> names{"sqlite", "supabase", "postgres"};
  return names;
}

const std::vector<std::string_view>& enum_names(SendApproval) {
  static const std::vector<std::string_view> names{"auto", "never", "new_recipients", "always"};
  return names;
}

std::optional<model::Approval> SendSettings::approval_rule() const {
  switch (approval) {
    case SendApproval::automatic: return std::nullopt;
    case SendApproval::never: return model::Approval::never;
    case SendApproval::new_recipients: return model::Approval::new_recipients;
    case SendApproval::always: return model::Approval::always;
  }
  return std::nullopt;
}

const std::vector<std::string_view>& enum_names(LogFormat) {
  static const std::vector<std::string_view> names{"auto", "json", "human"};
  return names;
}

const std::vector<std::string_view>& enum_names(MailEncryption) {
  static const std::vector<std::string_view> names{"implicit", "starttls", "none"};
  return names;
}

const std::vector<std::string_view>& enum_names(OauthArchive) {
  static const std::vector<std::string_view> names{"off", "ask", "on"};
  return names;
}

Result<store::Where> StorageSettings::where() const {
  switch (type) {
    case StorageType::sqlite: return sqlite_place(sqlite);
    case StorageType::postgres: return postgres_place(postgres);
    case StorageType::supabase: return supabase_place(supabase);
  }
  return Error{Errc::internal, "The storage has no known type."};
}

bool SignInSettings::is_for_everybody() const {
  return std::find(allowed_addresses.begin(), allowed_addresses.end(), "*") !=
         allowed_addresses.end();
}

std::vector<Secret> Settings::all_keys() const {
  std::vector<Secret> keys;
  if (!encryption_key.empty()) keys.push_back(encryption_key);
  keys.insert(keys.end(), previous_encryption_keys.begin(), previous_encryption_keys.end());
  return keys;
}

bool Settings::has_google_client() const {
  return is_given(google.client_id) && is_given(google.client_secret.reveal());
}

std::string Settings::effective_public_url() const {
  if (!server.public_url.empty()) {
    std::string url = server.public_url;
    while (url.ends_with('/')) url.pop_back();
    return url;
  }
  // Google's redirect URI shows where people reach us, if it is our callback page.
  static constexpr std::string_view callback = "/oauth/callback";
  if (google.redirect_uri.ends_with(callback)) {
    return google.redirect_uri.substr(0, google.redirect_uri.size() - callback.size());
  }
  return listener_url();
}

std::string Settings::listener_url() const {
  // "localhost", as in Google's console and in the guides: an address would be another redirect
  // URI.
  const bool any = server.host == "0.0.0.0" || server.host == "::";
  std::string host = any || net::is_loopback_host(server.host) ? "localhost" : server.host;
  if (host.find(':') != std::string::npos && !host.starts_with('[')) host = "[" + host + "]";
  return std::string{server.tls_cert.empty() ? "http://" : "https://"} + host + ":" +
         std::to_string(server.port);
}

bool Settings::public_url_is_loopback() const {
  if (server.public_url.empty()) return true;
  const auto url = http::Url::parse(effective_public_url());
  return url && url->is_loopback();
}

std::vector<std::string> Settings::effective_redirect_uris() const {
  std::vector<std::string> uris;
  const auto add = [&](const std::string& uri) {
    for (const auto& known : uris) {
      if (known == uri) return;
    }
    uris.push_back(uri);
  };
  if (!google.redirect_uri.empty()) add(google.redirect_uri);
  if (google.redirect_uri.empty() && google.redirect_uris.empty()) {
    add(effective_public_url() + "/oauth/callback");
  }
  for (const auto& uri : google.redirect_uris) add(uri);
  return uris;
}

}  // namespace setup
}  // namespace gmail_mcp
