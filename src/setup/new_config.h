#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/secret.h"
#include "setup/settings.h"

namespace gmail_mcp::setup {

/// The values for a first configuration file, of `gmail-mcp init` and of gmail_init_config. Empty
/// ones become placeholders.
struct NewConfig {
  std::string database_type = "sqlite";
  std::string sqlite_path, supabase_url;
  Secret supabase_key;
  std::string google_client_id;
  Secret google_client_secret;
  std::string redirect_uri = "http://localhost:8000/oauth/callback";
  bool generate_encryption_key = true;
  std::optional<std::string> output_path;  // refuse any other file; nullopt: accept any

  static auto fields() {
    return schema::Fields{
        field("database_type", &NewConfig::database_type)
            .one_of({"sqlite", "supabase", "postgres"}),
        field("sqlite_path", &NewConfig::sqlite_path),
        field("supabase_url", &NewConfig::supabase_url),
        field("supabase_key", &NewConfig::supabase_key,
              "Service key; better written into the file"),
        field("google_client_id", &NewConfig::google_client_id),
        field("google_client_secret", &NewConfig::google_client_secret,
              "Better written into the file by hand"),
        field("redirect_uri", &NewConfig::redirect_uri),
        field("generate_encryption_key", &NewConfig::generate_encryption_key),
        field("output_path", &NewConfig::output_path, "Only the configured path is accepted"),
    };
  }
};

struct WrittenConfig {
  std::string path;  // absolute
  std::vector<std::string> next_steps;
  Secret encryption_key;  // empty if none was made
};

/// Writes `path`, readable only by its owner, with its folders. Never replaces a file: `conflict`.
/// Throws invalid_argument for a value that no setting can have, misconfigured when the file cannot
/// be written.
WrittenConfig write_config(const std::string& path, const NewConfig& wanted);

}  // namespace gmail_mcp::setup
