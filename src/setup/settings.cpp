#include "setup/settings.h"

#include "base/text.h"
#include "http/url.h"
#include "net/dial.h"

namespace gmail_mcp {

const std::vector<std::string_view>& enum_names(LogLevel) {
  static const std::vector<std::string_view> names{"debug", "info", "warning", "error"};
  return names;
}

namespace setup {

const std::vector<std::string_view>& enum_names(StorageType) {
  static const std::vector<std::string_view> names{"sqlite", "supabase", "postgres"};
  return names;
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
    case StorageType::supabase:
      return Error{
          Errc::unsupported,
          "Supabase storage is not available in this version: set GMAIL_MCP_STORAGE_TYPE=sqlite."};
    case StorageType::postgres:
      return Error{Errc::unsupported,
                   "PostgreSQL storage is not available in this version: set "
                   "GMAIL_MCP_STORAGE_TYPE=sqlite."};
    case StorageType::sqlite: break;
  }
  if (sqlite.path.empty()) {
    return Error{Errc::misconfigured, "GMAIL_MCP_STORAGE_SQLITE_PATH is empty: name a file."};
  }
  return store::Where{store::SqliteFile{sqlite.path}};
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
