#include "surface/cli.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "base/text.h"
#include "gmail_mcp_version.h"
#include "schema/json_text.h"

namespace gmail_mcp::surface {

namespace {

// Options every verb understands.
void add_common(CLI::App& app, CommandLine& line) {
  app.add_option("-c,--config", line.config_file, "Configuration file (YAML)");
  app.add_option("--env-file", line.env_file, "File of environment variables");
}

// A flag that is a setting: recorded as a value of its path.
void add_setting(CLI::App& app, CommandLine& line, const std::string& flag, std::string path,
                 const std::string& help) {
  app.add_option_function<std::string>(
      flag,
      [&line, path = std::move(path)](const std::string& value) {
        line.settings.emplace_back(path, value);
      },
      help);
}

// "serve, sandbox, tool"
std::string commands_of(const CLI::App& app) {
  std::string names;
  for (const auto* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    names += (names.empty() ? "" : ", ") + verb->get_name();
  }
  return names;
}

// The commands there are, when the place of one is empty or holds another word. Empty: a command
// was chosen.
std::string no_command(const CLI::App& app) {
  const auto* where = &app;
  while (!where->get_subcommands().empty()) where = where->get_subcommands().front();
  const auto names = commands_of(*where);
  if (names.empty()) return {};
  const bool is_other_word = !app.remaining(true).empty();
  return (is_other_word ? "There is no such command. There are: "
                        : "A command is missing. There are: ") +
         names + ".\nRun with --help for more information.\n";
}

// Names of options only: a value may be a secret that belongs into the environment.
std::string unexpected(const CLI::App& app) {
  std::string names;
  for (const auto& one : app.remaining(true)) {
    if (one.starts_with('-')) names += ' ' + one.substr(0, one.find('='));
  }
  return (names.empty() ? "An argument was not expected.\n"
                        : "The following arguments were not expected:" + names + '\n') +
         "Run with --help for more information.\n";
}

CLI::App* add_verb(CLI::App& app, CommandLine& line, const char* name, const char* help) {
  auto* verb = app.add_subcommand(name, help);
  add_common(*verb, line);
  return verb;
}

}  // namespace

std::variant<CommandLine, int> parse_command_line(int argc, char** argv, std::ostream& complaints) {
  CommandLine line;
  CLI::App app{"Work with many people's Gmail accounts, over MCP, REST and the command line.",
               "gmail-mcp"};
  app.set_version_flag("--version", "gmail-mcp " + std::string{version});
  app.require_subcommand(1);
  app.failure_message(CLI::FailureMessage::simple);

  Serve serve;
  std::string transport = "stdio";
  auto* serve_verb = add_verb(app, line, "serve", "Serve MCP (stdio) or MCP and REST (http)");
  serve_verb->add_option("-t,--transport", transport, "stdio or http")
      ->check(CLI::IsMember({"stdio", "http"}))
      ->capture_default_str();
  add_setting(*serve_verb, line, "--host", "server.host", "Address to listen on [127.0.0.1]");
  add_setting(*serve_verb, line, "-p,--port", "server.port", "Port to listen on [8000]");
  add_setting(*serve_verb, line, "--tls-cert", "server.tls_cert", "Certificate chain (PEM)");
  add_setting(*serve_verb, line, "--tls-key", "server.tls_key", "Private key (PEM)");
  add_setting(*serve_verb, line, "--log-format", "log.format", "auto, json or human");
  serve_verb->add_option("--user", serve.user, "Over stdio: act for this user only");
  serve_verb->add_flag("--sandbox", serve.sandbox, "Use a simulated Google: no account needed");
  serve_verb->add_flag_callback(
      "-d,--debug", [&line] { line.settings.emplace_back("log.level", "debug"); }, "Log more");

  RunSandbox sandbox;
  auto* sandbox_verb =
      add_verb(app, line, "sandbox", "Serve a simulated Google: the program gmail-mcp-sandbox");
  // Which options there are, that program says itself.
  sandbox_verb->set_help_flag();
  sandbox_verb->allow_extras();
  sandbox_verb->prefix_command();

  CallTool tool;
  auto* tool_verb = add_verb(app, line, "tool",
                             "Call a tool: tool NAME --argument value …; tool --help lists them");
  tool_verb->add_option("name", tool.name, "Name of the tool");
  // Which arguments there are, the tool says itself.
  tool_verb->set_help_flag();
  tool_verb->allow_extras();
  tool_verb->prefix_command();
  add_setting(*tool_verb, line, "--log-format", "log.format", "auto, json or human");

  ConnectAccount connect;
  std::string connect_user;
  bool no_browser = false;
  auto* connect_verb = add_verb(app, line, "connect", "Connect a Gmail account in the browser");
  connect_verb->add_option("-u,--user-id", connect_user, "For this user [GMAIL_MCP_USER]");
  connect_verb->add_flag("--no-browser", no_browser, "Only print the link");

  ListConnections list;
  TestConnection test;
  RevokeConnection revoke;
  bool no_google = false;
  auto* connections = app.add_subcommand("connections", "List, test and revoke connections");
  connections->require_subcommand(1);
  auto* list_verb = add_verb(*connections, line, "list", "List connections");
  list_verb->add_option("-u,--user-id", list.user, "Of this user only");
  list_verb->add_flag("-i,--include-inactive", list.include_inactive, "Inactive ones too");
  list_verb->add_flag("--json", list.json, "As JSON");
  auto* test_verb = add_verb(*connections, line, "test", "Check one connection");
  test_verb->add_option("id", test.id, "Its id")->required();
  test_verb->add_flag("--json", test.json, "As JSON");
  auto* revoke_verb = add_verb(*connections, line, "revoke", "Disconnect one connection");
  revoke_verb->add_option("id", revoke.id, "Its id")->required();
  revoke_verb->add_flag("--no-google-revoke", no_google, "Keep the permission at Google");
  revoke_verb->add_flag("--keep-archive", revoke.keep_archive, "Keep the archived mail");

  AddAccount add_account;
  ListAccounts list_accounts;
  RemoveAccount remove_account;
  auto* accounts = app.add_subcommand("accounts", "Add, list and remove accounts");
  accounts->require_subcommand(1);
  auto* add_account_verb =
      add_verb(*accounts, line, "add", "Add an account by App Password, which is asked for");
  add_account_verb->add_option("email", add_account.email, "Its Gmail address")->required();
  add_account_verb->add_option("-u,--user-id", add_account.user, "For this user [GMAIL_MCP_USER]");
  add_account_verb->add_option("--display-name", add_account.display_name, "Name for From");
  add_account_verb->add_option("--password-file", add_account.password_file,
                               "Read the App Password from this file");
  add_account_verb->add_flag("--json", add_account.json, "As JSON");
  auto* list_accounts_verb = add_verb(*accounts, line, "list", "List accounts of both kinds");
  list_accounts_verb->add_option("-u,--user-id", list_accounts.user, "Of this user only");
  list_accounts_verb->add_flag("--json", list_accounts.json, "As JSON");
  auto* remove_account_verb =
      add_verb(*accounts, line, "remove", "Delete an account and everything stored for it");
  remove_account_verb->add_option("id", remove_account.id, "Its id")->required();

  DeleteUser delete_user;
  auto* users = app.add_subcommand("users", "Delete users");
  users->require_subcommand(1);
  auto* delete_user_verb =
      add_verb(*users, line, "delete", "Delete a user with all accounts, and whatever is known");
  delete_user_verb->add_option("user", delete_user.user, "The user_id")->required();

  CheckHealth health;
  auto* health_verb = add_verb(app, line, "health", "Ask a running server, or check the set-up");
  health_verb->add_option("--url", health.url, "Base URL of the running server");
  health_verb->add_flag("--json", health.json, "As JSON");

  Validate validate;
  auto* validate_verb = add_verb(app, line, "validate", "Check the configuration");
  validate_verb->add_flag("--json", validate.json, "As JSON");
  add_setting(*validate_verb, line, "--host", "server.host", "As `serve` will be told");
  add_setting(*validate_verb, line, "-p,--port", "server.port", "As `serve` will be told");

  Migrate migrate;
  auto* migrate_verb = add_verb(app, line, "migrate", "Bring the database up to date");
  migrate_verb->add_flag("--dry-run", migrate.dry_run, "Only say what would be done");

  WriteConfig init;
  auto* init_verb = add_verb(app, line, "init", "Write a first configuration file");
  init_verb->add_option("-o,--output", init.output, "Where to")->capture_default_str();
  init_verb->add_option("-d,--database", init.database, "sqlite")
      ->check(CLI::IsMember({"sqlite", "supabase", "postgres"}))
      ->capture_default_str();

  ImportAccounts import;
  auto* import_verb = add_verb(
      app, line, "import", "Take over the accounts of gmail-multi-user-mcp or gmail-mcp-multiuser");
  import_verb->add_option("database", import.database, "Its SQLite file")->required();
  import_verb->add_option("--key-file", import.key_file,
                          "A file with its encryption key [GMAIL_MCP_IMPORT_KEY, or our own keys]");
  import_verb->add_flag("--dry-run", import.dry_run, "Only say what would become of each");
  import_verb->add_flag("--json", import.json, "As JSON");

  auto* keygen_verb = app.add_subcommand("keygen", "Print a new encryption key");

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& stop) {
    const bool is_help = stop.get_exit_code() == 0;
    if (const auto text = is_help ? std::string{} : no_command(app); !text.empty()) {
      complaints << text;
      return 2;
    }
    if (dynamic_cast<const CLI::ExtrasError*>(&stop) != nullptr) {
      complaints << unexpected(app);
      return 2;
    }
    const auto status = app.exit(stop, std::cout, complaints);
    return status == 0 ? 0 : 2;
  }

  serve.http = transport == "http";
  connect.open_browser = !no_browser;
  revoke.at_google = !no_google;
  if (!connect_user.empty()) line.settings.emplace_back("user", connect_user);
  if (*serve_verb) line.verb = serve;
  if (*sandbox_verb) {
    sandbox.arguments = sandbox_verb->remaining();
    line.verb = sandbox;
  }
  if (*tool_verb) {
    tool.arguments = tool_verb->remaining();
    line.verb = tool;
  }
  if (*connect_verb) line.verb = connect;
  if (*list_verb) line.verb = list;
  if (*test_verb) line.verb = test;
  if (*revoke_verb) line.verb = revoke;
  if (*add_account_verb) line.verb = add_account;
  if (*list_accounts_verb) line.verb = list_accounts;
  if (*remove_account_verb) line.verb = remove_account;
  if (*delete_user_verb) line.verb = delete_user;
  if (*health_verb) line.verb = health;
  if (*validate_verb) line.verb = validate;
  if (*migrate_verb) line.verb = migrate;
  if (*init_verb) line.verb = init;
  if (*import_verb) line.verb = import;
  if (*keygen_verb) line.verb = MakeKey{};
  return line;
}

boost::json::object tool_arguments(const operation::Operation& tool,
                                   const std::vector<std::string>& given) {
  if (given.size() == 1 && trim(given.front()).starts_with('{')) {
    auto read = schema::read_json(given.front(), {});
    auto* value = std::get_if<boost::json::value>(&read);
    if (value == nullptr || !value->is_object()) {
      throw Error{Errc::invalid_argument, "The arguments are not a JSON object.",
                  "Write '{\"name\": \"value\"}' in single quotes, each name once."};
    }
    return std::move(value->get_object());
  }
  boost::json::object out;
  for (std::size_t i = 0; i < given.size(); ++i) {
    std::string name = given[i];
    if (!name.starts_with("--")) {
      throw Error{Errc::invalid_argument, "An argument of the tool does not begin with --.",
                  "Write --name value, or all of them as one JSON object."};
    }
    name.erase(0, 2);
    std::string value;
    if (const auto equals = name.find('='); equals != std::string::npos) {
      value = name.substr(equals + 1);
      name.erase(equals);
    } else if (i + 1 < given.size() && !given[i + 1].starts_with("--")) {
      value = given[++i];
    } else {
      value = "true";
    }
    for (char& c : name) c = c == '-' ? '_' : c;
    const auto* field = tool.arguments->find(name);
    const bool is_list = field != nullptr && field->type->kind == schema::TypeInfo::Kind::list;
    if (is_list && !trim(value).starts_with('[')) {
      auto& list = out[name];
      if (!list.is_array()) list.emplace_array();
      list.get_array().emplace_back(boost::json::string(value));
    } else {
      out[name] = boost::json::string(value);
    }
  }
  return out;
}

}  // namespace gmail_mcp::surface
