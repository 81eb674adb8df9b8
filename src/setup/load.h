#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "setup/settings.h"

namespace gmail_mcp::setup {

/// Where settings may come from. Precedence: flag > environment (GMAIL_MCP_* before unprefixed
/// names) > env file > YAML > default.
struct Sources {
  std::map<std::string, std::string> environment;
  std::vector<std::pair<std::string, std::string>> flags;  // setting path → value
  std::optional<std::string> config_file;                  // --config
  std::optional<std::string> env_file;                     // --env-file
  /// False over stdio, because editors start this program inside other people's repositories.
  bool read_working_directory = true;

  static std::map<std::string, std::string> process_environment();
};

struct Loaded {
  Settings settings;
  std::string config_path;            // the YAML file that was read; empty: none
  std::string own_folder;             // ~/.gmail_mcp, made when needed; empty: there is no home
  std::string new_config_path;        // where a first one would be written; empty: nowhere
  std::string missing_config_path;    // named by GMAIL_MCP_CONFIG and not there yet
  std::string env_file_path;          // the env file that was read; empty: none
  std::vector<std::string> warnings;  // e.g. a readable-by-all file that holds secrets
};

/// Reads, merges and checks. Throws misconfigured, which names key, place and remedy ("google.port
/// (environment GMAIL_MCP_SERVER_PORT) must be …") and never repeats a value.
Loaded load(const Sources& sources);

}  // namespace gmail_mcp::setup
