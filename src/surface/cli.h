#pragma once

#include <iosfwd>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "operation/catalog.h"

namespace gmail_mcp::surface {

/// What the command line asked for. Exit statuses: 0 good, 1 a failure that was reported, 2 usage.
struct Serve {
  bool http = false;
  bool sandbox = false;
  std::string user;  // over stdio: act for this user only
};
struct RunSandbox {
  std::vector<std::string> arguments;  // of the program gmail-mcp-sandbox
};
struct CallTool {
  std::string name;
  std::vector<std::string> arguments;  // --name value pairs, or one JSON object
};
struct ConnectAccount {
  bool open_browser = true;
};
struct ListConnections {
  std::string user;
  bool include_inactive = false;
  bool json = false;
};
struct TestConnection {
  std::string id;
  bool json = false;
};
struct RevokeConnection {
  std::string id;
  bool at_google = true;
  bool keep_archive = false;
};
struct AddAccount {
  std::string email;
  std::string user;  // empty: the configured one
  std::string display_name;
  std::string password_file;  // empty: asked for on the terminal, or read from stdin
  bool json = false;
};
struct ListAccounts {
  std::string user;
  bool json = false;
};
struct RemoveAccount {
  std::string id;
};
struct DeleteUser {
  std::string user;
};
struct CheckHealth {
  std::string url;
  bool json = false;
};
struct Validate {
  bool json = false;
};
struct Migrate {
  bool dry_run = false;
};
struct WriteConfig {
  std::string output = "./gmail_config.yaml";
  std::string database = "sqlite";
};
struct MakeKey {};
struct ImportAccounts {
  std::string database;
  std::string key_file;  // empty: GMAIL_MCP_IMPORT_KEY, then our own keys
  bool dry_run = false;
  bool json = false;
};

using Verb =
    std::variant<Serve, RunSandbox, CallTool, ConnectAccount, ListConnections, TestConnection,
                 RevokeConnection, AddAccount, ListAccounts, RemoveAccount, DeleteUser, CheckHealth,
                 Validate, Migrate, WriteConfig, ImportAccounts, MakeKey>;

struct CommandLine {
  Verb verb;
  std::optional<std::string> config_file, env_file;
  std::vector<std::pair<std::string, std::string>> settings;  // path → value, from flags
};

/// Parses argv. A number: the exit status after help or --version, already printed, or of bad
/// usage, which is told to `complaints` without any value that was given.
std::variant<CommandLine, int> parse_command_line(int argc, char** argv, std::ostream& complaints);

/// `--name value` pairs, or one JSON object, as tool arguments. Throws invalid_argument.
boost::json::object tool_arguments(const operation::Operation& tool,
                                   const std::vector<std::string>& given);

}  // namespace gmail_mcp::surface
