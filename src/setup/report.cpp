#include "setup/report.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/fernet.h"
#include "http/url.h"
#include "model/user.h"
#include "net/dial.h"

namespace gmail_mcp::setup {

namespace {

void judge_key(const Settings& settings, Report& report) {
  if (!is_given(settings.encryption_key.reveal())) {
    report.issues.emplace_back(
        "No encryption key is set: run `gmail-mcp keygen` and set GMAIL_MCP_ENCRYPTION_KEY to what "
        "it prints.");
    return;
  }
  const auto ring = crypto::KeyRing::parse(settings.all_keys());
  if (!ring) {
    report.issues.push_back(ring.error().message + " " + ring.error().hint);
    return;
  }
  report.encryption_key_set = true;
}

void judge_google(const Settings& settings, Report& report) {
  const bool id = is_given(settings.google.client_id);
  const bool secret = is_given(settings.google.client_secret.reveal());
  if (id != secret) {
    report.issues.emplace_back(id ? "GMAIL_MCP_GOOGLE_CLIENT_ID is set but "
                                    "GMAIL_MCP_GOOGLE_CLIENT_SECRET is not: set both."
                                  : "GMAIL_MCP_GOOGLE_CLIENT_SECRET is set but "
                                    "GMAIL_MCP_GOOGLE_CLIENT_ID is not: set both.");
  }
  report.google_oauth_configured = id && secret;
  for (const auto& uri : settings.effective_redirect_uris()) {
    const auto url = http::Url::parse(uri);
    if (!url) {
      report.issues.emplace_back(
          "A Google redirect URI is not an http(s) URL: correct "
          "GMAIL_MCP_GOOGLE_REDIRECT_URI.");
    } else if (url->scheme == "http" && !url->is_loopback()) {
      report.warnings.emplace_back(
          "A Google redirect URI uses plain http beyond loopback; Google "
          "accepts https only there.");
    }
  }
}

void judge_storage(const Settings& settings, Report& report) {
  report.database_type =
      enum_names(settings.storage.type)[static_cast<std::size_t>(settings.storage.type)];
  const auto where = settings.storage.where();
  if (!where) report.issues.push_back(where.error().message);
  if (settings.storage.type == StorageType::sqlite && settings.storage.sqlite.path == ":memory:") {
    report.warnings.emplace_back(
        "The database is kept in memory: every connection is gone when the program ends. Set "
        "GMAIL_MCP_STORAGE_SQLITE_PATH to a file.");
  }
}

void judge_user(const Settings& settings, Report& report) {
  const auto fault = model::user_id_fault(settings.user);
  if (fault) report.warnings.push_back("GMAIL_MCP_USER: " + fault->message + " " + fault->hint);
}

// Checks who may call the server.
void judge_callers(const Settings& settings, Report& report) {
  const auto& server = settings.server;
  const bool has_sign_in = !server.oauth.issuer.empty() || server.sign_in.enabled;
  if (server.allow_unauthenticated && has_sign_in) {
    report.issues.emplace_back(
        "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED is true, but where people sign in nobody is let in "
        "without doing so: remove it, or server.sign_in and server.oauth.issuer.");
  }
  if (!server.auth_token.empty() || !server.operator_token.empty() || has_sign_in) return;
  if (server.allow_unauthenticated) {
    report.warnings.emplace_back(
        "GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED is true: anybody who reaches the port may read and "
        "send everybody's mail.");
  } else if (!net::is_loopback_host(server.host) || !settings.public_url_is_loopback()) {
    report.warnings.emplace_back(
        "No credential is set and the server is not for this machine alone: over HTTP only "
        "persons' "
        "tokens are let in, which gmail-mcp tokens create makes, and every other call gets 401. "
        "Set "
        "GMAIL_MCP_SERVER_AUTH_TOKEN for an application, which sends it as Authorization: Bearer "
        "<token>.");
  }
}

// People sign in over TLS, or on this machine, and never unless somebody is named who may.
void judge_sign_in(const Settings& settings, Report& report) {
  const auto& sign_in = settings.server.sign_in;
  if (!sign_in.enabled) return;
  if (sign_in.is_for_everybody()) {
    report.warnings.emplace_back(
        "GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_ADDRESSES is *: ANYBODY with a Google account may sign "
        "in to this server and keep a mailbox here.");
  } else if (sign_in.allowed_domains.empty() && sign_in.allowed_addresses.empty()) {
    report.issues.emplace_back(
        "Sign in with Google is enabled, but nobody may sign in: set "
        "GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_DOMAINS or GMAIL_MCP_SERVER_SIGN_IN_ALLOWED_ADDRESSES.");
  }
  const auto url = http::Url::parse(settings.effective_public_url());
  if (!url || (url->scheme != "https" && !url->is_loopback())) {
    report.issues.emplace_back(
        "Sign in with Google needs an https address: set GMAIL_MCP_SERVER_PUBLIC_URL to the one "
        "that people type into their client, without /mcp.");
  } else if (url->path != "/" || !url->query.empty()) {
    report.issues.emplace_back(
        "Sign in with Google needs the server at the root of its host: "
        "GMAIL_MCP_SERVER_PUBLIC_URL must have no path.");
  }
  const auto& server = settings.server;
  const bool is_behind_a_proxy = url && url->scheme == "https" && server.tls_cert.empty();
  if (is_behind_a_proxy && server.trusted_proxies.empty()) {
    report.warnings.emplace_back(
        "People sign in over a proxy that GMAIL_MCP_SERVER_TRUSTED_PROXIES does not name: all of "
        "them seem to have its address, and when one tries too often, all have to wait. Set it to "
        "the proxy's address.");
  }
  if (!settings.has_google_client()) {
    report.issues.emplace_back(
        "Sign in with Google needs a client at Google: set GMAIL_MCP_GOOGLE_CLIENT_ID and "
        "GMAIL_MCP_GOOGLE_CLIENT_SECRET.");
  }
  const auto uris = settings.effective_redirect_uris();
  const auto own = settings.effective_public_url() + "/oauth/callback";
  if (std::find(uris.begin(), uris.end(), own) == uris.end()) {
    report.issues.emplace_back(
        "Sign in with Google needs our own page as a redirect URI: add public_url + "
        "/oauth/callback to GMAIL_MCP_GOOGLE_REDIRECT_URIS.");
  }
}

// App Passwords need no OAuth client at Google: they are offered unless their tools are off.
bool offers_app_passwords(const ToolSettings& tools) {
  return tools.enabled.empty() ||
         std::any_of(tools.enabled.begin(), tools.enabled.end(),
                     [](const auto& one) { return equals_ignoring_case(one, "accounts"); });
}

// Whether both mail servers can be used. A password is never sent over a network unencrypted.
bool judge_mail(const MailSettings& mail, Report& report) {
  bool good = true;
  const auto judge_server = [&](std::string_view name, const std::string& host,
                                MailEncryption tls) {
    const std::string prefix = "GMAIL_MCP_MAIL_" + std::string{name};
    if (host.empty()) {
      report.issues.push_back(prefix + "_HOST is empty: name the server, or leave it unset.");
      good = false;
    } else if (tls == MailEncryption::none && !net::is_loopback_host(host)) {
      report.issues.push_back(prefix +
                              "_TLS is none for a server beyond loopback: use implicit or "
                              "starttls.");
      good = false;
    }
  };
  judge_server("IMAP", mail.imap_host, mail.imap_tls);
  judge_server("SMTP", mail.smtp_host, mail.smtp_tls);
  return good;
}

}  // namespace

Report judge(const Loaded& loaded) {
  Report report;
  report.config_found = !loaded.config_path.empty();
  if (report.config_found) report.config_path = loaded.config_path;
  if (!loaded.missing_config_path.empty()) {
    report.issues.push_back("The file that GMAIL_MCP_CONFIG names is not there: have " +
                            loaded.missing_config_path +
                            " written by gmail_init_config or gmail-mcp init, or name another.");
  }
  judge_key(loaded.settings, report);
  judge_google(loaded.settings, report);
  judge_storage(loaded.settings, report);
  report.warnings.insert(report.warnings.end(), loaded.warnings.begin(), loaded.warnings.end());
  report.oauth_ready = report.encryption_key_set && report.google_oauth_configured;
  const bool is_offered = offers_app_passwords(loaded.settings.tools);
  report.app_password_ready =
      is_offered && report.encryption_key_set && judge_mail(loaded.settings.mail, report);
  if (!report.google_oauth_configured && !is_offered && report.issues.empty()) {
    report.issues.emplace_back(
        "No way to connect accounts is configured: set GMAIL_MCP_GOOGLE_CLIENT_ID and "
        "GMAIL_MCP_GOOGLE_CLIENT_SECRET (Google Cloud Console > APIs & Services > Credentials), or "
        "add `accounts` to tools.enabled for App Passwords.");
  }
  judge_user(loaded.settings, report);
  judge_callers(loaded.settings, report);
  judge_sign_in(loaded.settings, report);
  report.ready = report.issues.empty();
  return report;
}

std::optional<Error> incomplete(const Report& report) {
  if (report.issues.empty()) return std::nullopt;
  return Error{Errc::misconfigured, "This server is not set up yet: " + report.issues.front(),
               report.issues.size() == 1
                   ? "Call gmail_check_setup, or run `gmail-mcp validate`, to see the whole set-up."
                   : join(report.issues, " ")};
}

}  // namespace gmail_mcp::setup
