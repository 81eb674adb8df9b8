#pragma once

#include <optional>
#include <string>
#include <vector>

#include "setup/load.h"

namespace gmail_mcp::setup {

/// Whether the set-up is complete, and what is missing: for gmail_check_setup, `validate`, health.
struct Report {
  bool config_found = false;
  std::optional<std::string> config_path;
  bool database_connected = false;
  std::string database_type = "unknown";
  bool google_oauth_configured = false;
  bool encryption_key_set = false;
  bool oauth_ready = false;
  bool app_password_ready = false;
  std::vector<std::string> issues;    // each a sentence with its remedy
  std::vector<std::string> warnings;  // e.g. unauthenticated on purpose
  bool ready = false;
};

/// What came of trying the set-up: for gmail_test_connection.
struct Trial {
  bool database_ok = false;
  std::optional<std::string> database_error;
  bool google_oauth_ok = false;
  std::optional<std::string> google_oauth_error;
  std::string test_auth_url;  // shows that Google knows the client; finishes no flow
  // Only when asked for.
  std::string database_type;
  std::optional<std::int64_t> user_count, connection_count;
  std::string google_redirect_uri;
  std::vector<std::string> google_scopes;
};

/// Steps of the database: for gmail_run_migrations.
struct Migrations {
  std::vector<std::string> run, already_applied;
};

/// Judges settings alone; the database is judged by who opened it.
Report judge(const Loaded& loaded);

/// The error every other operation answers with while `report` has issues.
std::optional<Error> incomplete(const Report& report);

}  // namespace gmail_mcp::setup
