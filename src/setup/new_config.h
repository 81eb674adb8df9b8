#pragma once

#include <string>
#include <vector>

#include "base/secret.h"
#include "setup/settings.h"

namespace gmail_mcp::setup {

/// What goes into a first configuration file, of `gmail-mcp init` and of gmail_init_config. What is
/// empty becomes a placeholder.
struct NewConfig {
  StorageType storage = StorageType::sqlite;
  std::string sqlite_path, supabase_url;
  Secret supabase_key;
  std::string google_client_id;
  Secret google_client_secret;
  std::string redirect_uri = "http://localhost:8000/oauth/callback";
  bool generate_encryption_key = true;
  std::string only_at;  // refuse if this is not the path; empty: wherever it is
};

struct WrittenConfig {
  std::string path;  // absolute
  std::vector<std::string> next_steps;
  Secret encryption_key;  // empty: none was made
};

/// Writes `path`, readable by its owner alone, with its folders. Never replaces a file: `conflict`.
/// Throws invalid_argument for a value that no setting can have, misconfigured when the file cannot
/// be written.
WrittenConfig write_config(const std::string& path, const NewConfig& wanted);

}  // namespace gmail_mcp::setup
