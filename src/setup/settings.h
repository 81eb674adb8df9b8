#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/secret.h"
#include "google/endpoints.h"
#include "model/caller.h"
#include "schema/fields.h"
#include "store/where.h"

/// Every setting, described once: its YAML key, environment names (`GMAIL_MCP_` + the path in upper
/// case, e.g. GMAIL_MCP_GOOGLE_CLIENT_ID; double underscores between levels are read as well;
/// `_FILE` names a file that holds the value), validation, help and documentation come from here.
namespace gmail_mcp {

const std::vector<std::string_view>& enum_names(LogLevel);  // not of `off`

namespace setup {

using schema::field;

struct GoogleSettings {
  std::string client_id;
  Secret client_secret;
  std::string redirect_uri;
  std::vector<std::string> redirect_uris;
  std::vector<std::string> scopes{
      "https://www.googleapis.com/auth/gmail.readonly",
      "https://www.googleapis.com/auth/gmail.send",
      "https://www.googleapis.com/auth/gmail.modify",
      "https://www.googleapis.com/auth/userinfo.email",
  };
  std::string auth_url = google::Endpoints{}.auth_url;
  std::string token_url = google::Endpoints{}.token_url;
  std::string revoke_url = google::Endpoints{}.revoke_url;
  std::string userinfo_url = google::Endpoints{}.userinfo_url;
  std::string api_url = google::Endpoints{}.api_url;
  std::string ca_file;
  std::string proxy;
  std::int64_t quota_units_per_minute = 6'000;

  /// How much of the quota one mailbox may use. Not limited for an emulator at another address.
  int units_per_minute() const {
    if (api_url != google::Endpoints{}.api_url) return 0;
    return static_cast<int>(quota_units_per_minute);
  }

  google::Endpoints endpoints() const {
    return {auth_url, token_url, revoke_url, userinfo_url, api_url};
  }

  static auto fields() {
    return schema::Fields{
        field("client_id", &GoogleSettings::client_id, "OAuth client ID from Google Cloud Console"),
        field("client_secret", &GoogleSettings::client_secret, "OAuth client secret"),
        field("redirect_uri", &GoogleSettings::redirect_uri,
              "Where Google sends people back; default: public_url + /oauth/callback"),
        field("redirect_uris", &GoogleSettings::redirect_uris,
              "Further redirect URIs a caller of gmail_get_auth_url may ask for"),
        field("scopes", &GoogleSettings::scopes,
              "Scopes asked for by default, as full URLs or short names"),
        field("auth_url", &GoogleSettings::auth_url, "Google's consent page"),
        field("token_url", &GoogleSettings::token_url, "Google's token endpoint"),
        field("revoke_url", &GoogleSettings::revoke_url, "Google's revocation endpoint"),
        field("userinfo_url", &GoogleSettings::userinfo_url, "Google's userinfo endpoint"),
        field("api_url", &GoogleSettings::api_url, "Gmail API root"),
        field("ca_file", &GoogleSettings::ca_file,
              "PEM file of a private certificate authority for the endpoints above"),
        field("proxy", &GoogleSettings::proxy, "HTTP proxy for outbound requests"),
        field("quota_units_per_minute", &GoogleSettings::quota_units_per_minute,
              "Gmail quota units one mailbox may use in a minute at Google; 0: no limit of ours")
            .range(0, 1'000'000'000),
    };
  }
};

struct SqliteSettings {
  std::string path = "gmail_mcp.db";

  static auto fields() {
    return schema::Fields{
        field("path", &SqliteSettings::path, "Database file; created when missing")
            .env({"GMAIL_MCP_SQLITE_PATH"})};
  }
};

struct SupabaseSettings {
  std::string url;
  Secret key;

  static auto fields() {
    return schema::Fields{
        field("url", &SupabaseSettings::url, "Project URL: https://<project>.supabase.co")
            .env({"GMAIL_MCP_SUPABASE_URL"}),
        field("key", &SupabaseSettings::key, "Service role key, or secret key (sb_secret_…)")
            .env({"GMAIL_MCP_SUPABASE_KEY", "GMAIL_MCP_SUPABASE_SERVICE_KEY"}),
    };
  }
};

struct PostgresSettings {
  Secret url;
  std::int64_t connections = store::PostgresServer{}.connections;

  static auto fields() {
    return schema::Fields{
        field("url", &PostgresSettings::url, "postgresql://user:password@host/name")
            .env({"GMAIL_MCP_POSTGRES_URL"}),
        field("connections", &PostgresSettings::connections,
              "Connections to the server that this process opens, at most")
            .range(1, 100),
    };
  }
};

enum class StorageType { sqlite, supabase, postgres };
const std::vector<std::string_view>& enum_names(StorageType);

struct StorageSettings {
  StorageType type = StorageType::sqlite;
  SqliteSettings sqlite;
  SupabaseSettings supabase;
  PostgresSettings postgres;

  /// The place that these settings name, or why it cannot be used.
  Result<store::Where> where() const;

  static auto fields() {
    return schema::Fields{
        field("type", &StorageSettings::type, "Where data is kept")
            .env({"GMAIL_MCP_DATABASE_TYPE"}),
        field("sqlite", &StorageSettings::sqlite),
        field("supabase", &StorageSettings::supabase),
        field("postgres", &StorageSettings::postgres),
    };
  }
};

struct RateLimitSettings {
  std::int64_t per_credential = 0;
  std::int64_t per_user = 0;

  static auto fields() {
    return schema::Fields{
        field("per_credential", &RateLimitSettings::per_credential,
              "Calls a minute of one credential, where all of a person's are one; beyond it 429 "
              "with Retry-After; 0: no limit")
            .range(0, 10'000'000),
        field("per_user", &RateLimitSettings::per_user,
              "Calls a minute for one user, whoever makes them; 0: no limit")
            .range(0, 10'000'000),
    };
  }
};

/// Access tokens (JWT) of an authorization server that others run: Keycloak, Auth0, Entra, …
struct OauthSettings {
  std::string issuer;
  std::string audience;
  std::string user_claim = "sub";
  std::string scope_claim;
  std::vector<std::string> scopes;
  std::string ca_file;

  static auto fields() {
    return schema::Fields{
        field("issuer", &OauthSettings::issuer,
              "Authorization server whose access tokens (JWT) are accepted: its issuer, exactly as "
              "its metadata writes it"),
        field("audience", &OauthSettings::audience,
              "What the tokens must be made for (aud); default: public_url + /mcp"),
        field("user_claim", &OauthSettings::user_claim, "The claim that is the user_id")
            .range(1, 255),
        field("scope_claim", &OauthSettings::scope_claim,
              "The claim with the scopes; default: scope, or scp"),
        field("scopes", &OauthSettings::scopes,
              "What each scope allows, as `scope: toolset toolset …`, with the word read_only if "
              "nothing may be changed; default: mail.read, mail.organize, mail.send"),
        field("ca_file", &OauthSettings::ca_file,
              "PEM file of a private certificate authority for the issuer"),
    };
  }
};

/// Sign in with Google: this server as the authorization server of MCP clients.
struct SignInSettings {
  bool enabled = false;
  std::vector<std::string> allowed_domains;
  std::vector<std::string> allowed_addresses;
  std::int64_t access_token_seconds = 3'600;
  std::int64_t idle_days = 30;

  /// Whether anybody with a Google account may sign in.
  bool is_for_everybody() const;

  static auto fields() {
    return schema::Fields{
        field("enabled", &SignInSettings::enabled,
              "Let people sign in with Google from their MCP client, which connects their mailbox"),
        field("allowed_domains", &SignInSettings::allowed_domains,
              "Google Workspace domains whose people may sign in, such as example.com"),
        field("allowed_addresses", &SignInSettings::allowed_addresses,
              "Google accounts that may sign in, by address; * alone: anybody"),
        field("access_token_seconds", &SignInSettings::access_token_seconds,
              "How long a client's access token lasts before it is refreshed")
            .range(5, 86'400),
        field("idle_days", &SignInSettings::idle_days,
              "Days after which a client that was not used must sign in again")
            .range(1, 365),
    };
  }
};

struct ServerSettings {
  std::string host = "127.0.0.1";
  std::uint16_t port = 8000;
  std::string public_url;
  std::string application_name = "This application";
  Secret auth_token;
  Secret operator_token;
  bool allow_unauthenticated = false;
  bool require_user = true;
  std::vector<std::string> trusted_proxies;
  std::vector<std::string> allowed_hosts;
  std::vector<std::string> allowed_origins;
  std::vector<std::string> return_urls;
  std::string tls_cert;
  std::string tls_key;
  std::int64_t response_cache_mb = 8;
  RateLimitSettings rate_limit;
  OauthSettings oauth;
  SignInSettings sign_in;

  static auto fields() {
    return schema::Fields{
        field("host", &ServerSettings::host, "Address to listen on"),
        field("port", &ServerSettings::port, "Port to listen on").env({"PORT"}),
        field("public_url", &ServerSettings::public_url,
              "How people and Google reach this server; drives every URL we print")
            .env({"GMAIL_MCP_PUBLIC_URL"}),
        field("application_name", &ServerSettings::application_name,
              "The name of your application, shown to people who connect Gmail"),
        field("auth_token", &ServerSettings::auth_token,
              "Bearer token of your application, 8 characters or more: acts for every user"),
        field("operator_token", &ServerSettings::operator_token,
              "Bearer token of the operator, 8 characters or more: set-up tools included"),
        field("allow_unauthenticated", &ServerSettings::allow_unauthenticated,
              "Let anybody who reaches the port act for every user"),
        field("require_user", &ServerSettings::require_user,
              "Beyond loopback, calls on /mcp must name their user in X-Gmail-MCP-User"),
        field("trusted_proxies", &ServerSettings::trusted_proxies,
              "IP addresses whose X-Forwarded-For and X-Forwarded-Proto are believed"),
        field("allowed_hosts", &ServerSettings::allowed_hosts,
              "Further Host names under which a caller without a credential is answered"),
        field("allowed_origins", &ServerSettings::allowed_origins,
              "Origins of web pages that may call this server from a browser"),
        field("return_urls", &ServerSettings::return_urls,
              "Prefixes of URLs people may be sent back to after connecting"),
        field("tls_cert", &ServerSettings::tls_cert, "PEM certificate chain, to serve HTTPS"),
        field("tls_key", &ServerSettings::tls_key, "PEM private key of tls_cert"),
        field("response_cache_mb", &ServerSettings::response_cache_mb,
              "Megabytes of labels, profiles and message contents kept in memory; 0: none")
            .range(0, 65'536),
        field("rate_limit", &ServerSettings::rate_limit),
        field("oauth", &ServerSettings::oauth),
        field("sign_in", &ServerSettings::sign_in),
    };
  }
};

struct ToolSettings {
  std::vector<std::string> enabled;
  bool read_only = false;

  static auto fields() {
    return schema::Fields{
        field("enabled", &ToolSettings::enabled,
              "Toolsets that are offered; empty: all (setup, connections, accounts, read, write, "
              "organize, history)"),
        field("read_only", &ToolSettings::read_only, "Refuse every tool that changes a mailbox"),
    };
  }
};

/// Which sends wait for a person's approval; by default that depends on who calls.
enum class SendApproval { automatic, never, new_recipients, always };
const std::vector<std::string_view>& enum_names(SendApproval);

struct SendSettings {
  std::vector<std::string> allowed_recipients;
  std::int64_t max_per_day = 0;
  SendApproval approval = SendApproval::automatic;

  /// nullopt: by who calls.
  std::optional<model::Approval> approval_rule() const;

  static auto fields() {
    return schema::Fields{
        field("allowed_recipients", &SendSettings::allowed_recipients,
              "Addresses, or domains as @example.org, mail may go to; empty: anybody"),
        field("max_per_day", &SendSettings::max_per_day,
              "Messages per connection in 24 hours; 0: no limit of ours")
            .range(0, 100'000),
        field("approval", &SendSettings::approval,
              "Sends that wait until the person approves them: never, new_recipients (to whom the "
              "account never wrote), always; auto: new_recipients on stdio and for a person's "
              "token, never for the application and the operator"),
    };
  }
};

enum class LogFormat { automatic, json, human };
const std::vector<std::string_view>& enum_names(LogFormat);

struct LogSettings {
  LogLevel level = LogLevel::info;
  LogFormat format = LogFormat::automatic;

  static auto fields() {
    return schema::Fields{
        field("level", &LogSettings::level, "How much is logged"),
        field("format", &LogSettings::format, "json, human, or auto: human on a terminal"),
    };
  }
};

enum class MailEncryption { implicit, starttls, none };
const std::vector<std::string_view>& enum_names(MailEncryption);

/// App-Password accounts (IMAP and SMTP) and new mail as it arrives. The names without a prefix are
/// those of gmail-mcp-multiuser.
struct MailSettings {
  std::int64_t poll_interval_seconds = 60;
  bool background_polling = true;
  std::string smtp_host = "smtp.gmail.com";
  std::uint16_t smtp_port = 465;
  MailEncryption smtp_tls = MailEncryption::implicit;
  std::string imap_host = "imap.gmail.com";
  std::uint16_t imap_port = 993;
  MailEncryption imap_tls = MailEncryption::implicit;
  std::string ca_file;
  std::int64_t connections_per_account = 2;
  std::int64_t max_watched_accounts = 1'000;
  std::int64_t max_connections_polling = 200;

  static auto fields() {
    return schema::Fields{
        field("poll_interval_seconds", &MailSettings::poll_interval_seconds,
              "Seconds between looks into a mailbox that is not watched")
            .range(5, 86'400)
            .env({"INBOX_POLL_INTERVAL_SECONDS"}),
        field("background_polling", &MailSettings::background_polling,
              "Look for new mail without being asked")
            .env({"ENABLE_BACKGROUND_POLLING"}),
        field("smtp_host", &MailSettings::smtp_host, "Where App-Password accounts hand mail in")
            .env({"GMAIL_SMTP_HOST"}),
        field("smtp_port", &MailSettings::smtp_port, "465 with implicit TLS, 587 with starttls")
            .env({"GMAIL_SMTP_PORT"}),
        field("smtp_tls", &MailSettings::smtp_tls,
              "implicit, starttls, or none (loopback only); port 587 alone implies starttls"),
        field("imap_host", &MailSettings::imap_host, "Where App-Password accounts are read")
            .env({"GMAIL_IMAP_HOST"}),
        field("imap_port", &MailSettings::imap_port, "993 with implicit TLS")
            .env({"GMAIL_IMAP_PORT"}),
        field("imap_tls", &MailSettings::imap_tls, "implicit, starttls, or none (loopback only)"),
        field("ca_file", &MailSettings::ca_file,
              "PEM file of a private certificate authority for both servers"),
        field("connections_per_account", &MailSettings::connections_per_account,
              "IMAP connections to one account at a time, beside its watcher; Gmail allows 15")
            .range(1, 10),
        field("max_watched_accounts", &MailSettings::max_watched_accounts,
              "Accounts watched by IMAP IDLE; the rest are polled")
            .range(0, 100'000),
        field("max_connections_polling", &MailSettings::max_connections_polling,
              "Mailboxes looked into at the same time")
            .range(1, 10'000),
    };
  }
};

/// Whether mail of accounts connected with Google is archived here: never, after the first
/// fetch_inbox, or always. Earlier versions had true (on) and false (ask).
enum class OauthArchive { off, ask, on };
const std::vector<std::string_view>& enum_names(OauthArchive);

/// The local archive of messages, contacts and conversations.
struct ArchiveSettings {
  std::int64_t retention_days = 0;
  OauthArchive oauth = OauthArchive::ask;
  std::int64_t oauth_retention_days = 30;

  /// How many days mail of an account connected with Google is kept; 0: for ever.
  std::int64_t days_of_oauth() const {
    if (retention_days == 0 || oauth_retention_days == 0) {
      return std::max(retention_days, oauth_retention_days);
    }
    return std::min(retention_days, oauth_retention_days);
  }

  static auto fields() {
    return schema::Fields{
        field("retention_days", &ArchiveSettings::retention_days,
              "Mail older than this is not kept in the archive; 0: all is kept")
            .range(0, 36'500),
        field("oauth", &ArchiveSettings::oauth,
              "Archive of accounts connected with Google: off, ask (the first fetch_inbox switches "
              "it on for one account; what false meant), or on (what true meant)"),
        field(
            "oauth_retention_days", &ArchiveSettings::oauth_retention_days,
            "As retention_days, for accounts connected with Google; the shorter counts. 30 is our "
            "choice, no rule of Google's that we know of")
            .range(0, 36'500),
    };
  }
};

/// Whether it is set, and to more than the placeholder of a first configuration: YOUR_CLIENT_ID.
inline bool is_given(std::string_view value) {
  return !value.empty() && !value.starts_with("YOUR_");
}

struct Settings {
  Secret encryption_key;
  std::vector<Secret> previous_encryption_keys;
  GoogleSettings google;
  StorageSettings storage;
  ServerSettings server;
  ToolSettings tools;
  SendSettings send;
  LogSettings log;
  MailSettings mail;
  ArchiveSettings archive;
  std::string user = "local";
  std::int64_t oauth_state_ttl_seconds = 600;
  std::int64_t token_refresh_buffer_seconds = 300;

  static auto fields() {
    return schema::Fields{
        field("encryption_key", &Settings::encryption_key,
              "Seals stored tokens: 32 bytes as 44 characters of base64 or 64 hex digits "
              "(gmail-mcp keygen)")
            .env({"ENCRYPTION_KEY"}),
        field("previous_encryption_keys", &Settings::previous_encryption_keys,
              "Older keys that still open what they sealed"),
        field("google", &Settings::google),
        field("storage", &Settings::storage),
        field("server", &Settings::server),
        field("tools", &Settings::tools),
        field("send", &Settings::send),
        field("log", &Settings::log),
        field("mail", &Settings::mail),
        field("archive", &Settings::archive),
        field("user", &Settings::user, "The user a person on stdio is").range(1, 255),
        field("oauth_state_ttl_seconds", &Settings::oauth_state_ttl_seconds,
              "How long a person has to finish connecting")
            .range(60, 3'600),
        field("token_refresh_buffer_seconds", &Settings::token_refresh_buffer_seconds,
              "Tokens are refreshed this long before they expire")
            .range(0, 3'000),
    };
  }

  std::vector<Secret> all_keys() const;
  bool has_google_client() const;
  /// public_url without a trailing slash, or http(s)://host:port of our own listener.
  std::string effective_public_url() const;
  /// http(s)://host:port of our own listener, whatever else is configured.
  std::string listener_url() const;
  bool public_url_is_loopback() const;
  /// The redirect URIs a flow may use; the first is the default.
  std::vector<std::string> effective_redirect_uris() const;
};

}  // namespace setup
}  // namespace gmail_mcp
