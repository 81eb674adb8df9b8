#pragma once

#include <optional>
#include <string>
#include <vector>

#include "setup/load.h"

namespace gmail_mcp::setup {

/// The authorization server whose tokens are accepted (server.oauth.issuer).
struct TokenIssuerState {
  std::string issuer;
  std::int64_t keys = 0;               // of it that are known and can be used; 0: no token is taken
  std::optional<std::string> problem;  // of the last try to fetch them

  static auto fields() {
    return schema::Fields{field("issuer", &TokenIssuerState::issuer),
                          field("keys", &TokenIssuerState::keys, "Keys that tokens are checked by"),
                          field("problem", &TokenIssuerState::problem)};
  }
};

/// Whether the set-up is complete, and what is missing: for gmail_check_setup, `validate`, health.
struct Report {
  bool ready = false;
  bool config_found = false;
  std::optional<std::string> config_path;
  bool database_connected = false;
  std::string database_type = "unknown";
  bool google_oauth_configured = false;
  bool encryption_key_set = false;
  bool oauth_ready = false;
  bool app_password_ready = false;
  std::optional<TokenIssuerState> token_issuer;
  std::vector<std::string> issues;    // each a sentence with its remedy
  std::vector<std::string> warnings;  // for example: unauthenticated on purpose

  static auto fields() {
    return schema::Fields{field("ready", &Report::ready),
                          field("config_found", &Report::config_found),
                          field("config_path", &Report::config_path),
                          field("database_connected", &Report::database_connected),
                          field("database_type", &Report::database_type),
                          field("google_oauth_configured", &Report::google_oauth_configured),
                          field("encryption_key_set", &Report::encryption_key_set),
                          field("oauth_ready", &Report::oauth_ready),
                          field("app_password_ready", &Report::app_password_ready),
                          field("token_issuer", &Report::token_issuer).omit_empty(),
                          field("issues", &Report::issues),
                          field("warnings", &Report::warnings)};
  }
};

/// The result of trying the set-up: for gmail_test_connection.
struct Trial {
  bool database_ok = false, google_oauth_ok = false;
  std::optional<std::string> database_error, google_oauth_error;
  std::string test_auth_url;  // shows that Google knows the client; no flow ends with it
  // Only on request.
  std::string database_type;
  std::optional<std::int64_t> user_count, connection_count;
  std::string google_redirect_uri;
  std::vector<std::string> google_scopes;

  static auto fields() {
    return schema::Fields{
        field("database_ok", &Trial::database_ok),
        field("google_oauth_ok", &Trial::google_oauth_ok),
        field("database_error", &Trial::database_error).omit_empty(),
        field("google_oauth_error", &Trial::google_oauth_error).omit_empty(),
        field("test_auth_url", &Trial::test_auth_url).omit_empty(),
        field("database_type", &Trial::database_type).omit_empty(),
        field("user_count", &Trial::user_count).omit_empty(),
        field("connection_count", &Trial::connection_count).omit_empty(),
        field("google_redirect_uri", &Trial::google_redirect_uri).omit_empty(),
        field("google_scopes", &Trial::google_scopes).omit_empty(),
    };
  }
};

/// Steps of the database: for gmail_run_migrations.
struct Migrations {
  std::vector<std::string> run, already_applied;
};

/// Judges the settings only; the database is judged by the code that opened it.
Report judge(const Loaded& loaded);

/// The error of every other operation while `report` has issues.
std::optional<Error> incomplete(const Report& report);

}  // namespace gmail_mcp::setup
