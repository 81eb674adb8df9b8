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

/// Judges settings alone; the database is judged by who opened it.
Report judge(const Loaded& loaded);

/// The error every other operation answers with while `report` has issues.
std::optional<Error> incomplete(const Report& report);

}  // namespace gmail_mcp::setup
