#include "app/commands.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/io_context.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <iostream>

#include "app/callback_listener.h"
#include "app/house.h"
#include "app/sandbox_mode.h"
#include "app/tool_runner.h"
#include "base/text.h"
#include "crypto/fernet.h"
#include "google/scopes.h"
#include "sql/migrate.h"
#include "sql/sqlite/sqlite.h"
#include "store/sql/migrations.h"
#include "surface/tool_help.h"

namespace gmail_mcp::app {

namespace asio = boost::asio;
namespace json = boost::json;

namespace {

void open_browser(const std::string& url) {
  std::string program = "xdg-open";
  std::string target = url;
  char* arguments[] = {program.data(), target.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // What a browser prints is not ours.
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  if (posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments, environ) == 0) {
    ::waitpid(pid, nullptr, 0);
  }
  posix_spawn_file_actions_destroy(&actions);
}

// The connection that this sign-in made. Where another process has the port of the callback, it is
// found in the database.
Task<std::optional<model::Connection>> connected_since(House& house, Timestamp begun_at,
                                                       const operation::PageVisits& visits,
                                                       bool is_listening) {
  if (visits.last) co_return visits.last->connection;
  const auto access = model::Access::system("gmail-mcp connect");
  store::ConnectionFilter filter;
  filter.user = model::ExternalUserId{house.settings().user};
  for (int tries = 0; !is_listening && tries < 20; ++tries) {
    auto all = co_await house.store()->connections().list(access, filter);
    for (auto& one : all) {
      if (one.updated_at >= begun_at) co_return std::move(one);
    }
    co_await house.clock().sleep(std::chrono::milliseconds{500});
  }
  co_return std::nullopt;
}

// The exit status: 0 when the account can be used for something.
int report_connected(const model::Connection& connection, const operation::PageVisits& visits) {
  std::cout << connection.gmail_address << "  " << connection.id.str() << '\n';
  if (!visits.last || visits.last->missing.empty()) return 0;
  std::string names;
  for (const auto& scope : visits.last->missing) {
    names += names.empty() ? "" : ", ";
    names += google::short_scope(scope);
  }
  return report(Error{Errc::insufficient_scope, "Not everything was allowed: " + names + ".",
                      "Run `gmail-mcp connect` again and tick every box at Google."});
}

Task<int> connect_in(asio::io_context& loop, House& house, bool browser) {
  co_await house.open();
  if (house.services().incomplete) throw Error{*house.services().incomplete};
  CallbackListener callback{loop, house};
  house.services().flow_started = [&callback] { callback.wake(); };
  operation::PageVisits visits;
  house.services().visits = &visits;
  const auto begun_at = house.clock().now();
  const auto* begin = house.catalog().tool("gmail_get_auth_url");
  json::object nothing;
  auto started = co_await run_tool(house, *begin, std::move(nothing));
  int status = 1;
  if (!started.ok) {
    report_outcome(started);
  } else {
    const auto flow = started.object();
    const auto url = text_of(flow, "connect_url");
    std::cerr << "Open this link and follow it:\n\n  " << url
              << "\n\nWaiting until you are done…\n";
    if (browser) open_browser(url);
    const auto state = text_of(flow, "state");
    bool expired = false;
    while (true) {
      // While a page finishes it, it is nowhere to be seen.
      const bool is_under_way = visits.running > 0;
      auto view = co_await house.services().sign_ins->look(state);
      expired = view && view->expired;
      if (expired || (!view && !is_under_way && visits.running == 0)) break;
      co_await house.clock().sleep(std::chrono::milliseconds{300});
    }
    auto connection = co_await connected_since(house, begun_at, visits, callback.is_listening());
    if (connection) {
      status = report_connected(*connection, visits);
    } else if (expired) {
      report(Error{Errc::timeout, "The link has expired.", "Run `gmail-mcp connect` again."});
    } else {
      report(Error{Errc::forbidden, "No account was connected.",
                   "The page in the browser says why; run `gmail-mcp connect` again."});
    }
  }
  co_await callback.close();
  house.services().visits = nullptr;
  co_await house.close(std::chrono::seconds{10});
  co_return status;
}

Task<sql::MigrationPlan> plan_or_migrate(sql::Database& database, bool dry_run, Clock& clock) {
  if (dry_run) {
    auto plan = co_await sql::plan_migrations(database, store::sqlite_migrations());
    co_return plan;
  }
  auto plan = co_await sql::migrate(database, store::sqlite_migrations(), clock);
  co_return plan;
}

}  // namespace

int call_tool(const surface::CallTool& verb, setup::Loaded loaded, Clock& clock, Log& log) {
  asio::io_context loop{1};
  const auto* first = verb.arguments.empty() ? nullptr : &verb.arguments.front();
  const bool only_help =
      verb.name.empty() || (first != nullptr && (*first == "--help" || *first == "-h"));
  if (!only_help) refuse_sandbox_database(loaded.settings);
  House house{loop, std::move(loaded), clock, log};
  if (verb.name.empty()) {
    std::cout << surface::list_of_tools(house.catalog());
    return 0;
  }
  const auto* tool = house.catalog().tool(verb.name);
  if (tool == nullptr) {
    std::string names;
    for (const auto& one : house.catalog().tools()) {
      names += names.empty() ? "" : ", ";
      names += one.info.name;
    }
    return report(Error{Errc::not_found, "There is no tool named " + verb.name + ".",
                        "There are: " + names + "."});
  }
  if (only_help) {
    std::cout << surface::help_of_tool(*tool);
    return 0;
  }
  auto arguments = surface::tool_arguments(*tool, verb.arguments);
  return print_outcome(run_to_end(loop, open_and_run(house, verb.name, std::move(arguments))));
}

int connect_account(const surface::ConnectAccount& verb, setup::Loaded loaded, Clock& clock,
                    Log& log) {
  refuse_sandbox_database(loaded.settings);
  asio::io_context loop{1};
  House house{loop, std::move(loaded), clock, log};
  return run_to_end(loop, connect_in(loop, house, verb.open_browser));
}

int list_connections(const surface::ListConnections& verb, setup::Loaded loaded, Clock& clock,
                     Log& log) {
  json::object arguments;
  if (!verb.user.empty()) arguments["user_id"] = verb.user;
  arguments["include_inactive"] = verb.include_inactive;
  const auto outcome =
      in_house(std::move(loaded), "gmail_list_connections", std::move(arguments), clock, log);
  if (!outcome.ok) return report_outcome(outcome);
  if (verb.json) return print_outcome(outcome);
  std::vector<std::vector<std::string>> rows{
      {"ID", "USER", "ADDRESS", "STATE", "LAST USED", "LAST OK", "LAST ERROR"}};
  const auto body = outcome.object();
  for (const auto& one : body.at("connections").as_array()) {
    const auto& row = one.as_object();
    const auto time_of = [&row](const char* name) {
      const auto time = text_of(row, name);
      return time.empty() ? std::string{"never"} : time;
    };
    auto error = text_of(row, "last_error");
    if (!error.empty()) error.insert(0, text_of(row, "last_error_at") + " ");
    rows.push_back({text_of(row, "id"), text_of(row, "user_id"), text_of(row, "gmail_address"),
                    text_of(row, "state"), time_of("last_used_at"), time_of("last_ok"),
                    std::move(error)});
  }
  if (rows.size() == 1) {
    std::cerr << "No connections. `gmail-mcp connect` makes one.\n";
    return 0;
  }
  print_rows(rows);
  return 0;
}

int test_connection(const surface::TestConnection& verb, setup::Loaded loaded, Clock& clock,
                    Log& log) {
  json::object arguments;
  arguments["connection_id"] = verb.id;
  const auto outcome =
      in_house(std::move(loaded), "gmail_check_connection", std::move(arguments), clock, log);
  if (!outcome.ok) return report_outcome(outcome);
  const auto body = outcome.object();
  const bool valid = body.at("valid").as_bool();
  if (verb.json) {
    print_outcome(outcome);
    return valid ? 0 : 1;
  }
  if (valid) {
    std::cout << text_of(body, "gmail_address") << " works.\n";
    return 0;
  }
  const auto link = text_of(body, "connect_url");
  return report(Error{Errc::reconnect_required, text_of(body, "error"),
                      link.empty() ? "" : "Connect again: " + link});
}

int revoke_connection(const surface::RevokeConnection& verb, setup::Loaded loaded, Clock& clock,
                      Log& log) {
  json::object arguments;
  arguments["connection_id"] = verb.id;
  arguments["revoke_google_access"] = verb.at_google;
  arguments["keep_archive"] = verb.keep_archive;
  const auto outcome =
      in_house(std::move(loaded), "gmail_disconnect", std::move(arguments), clock, log);
  if (!outcome.ok) return report_outcome(outcome);
  const auto body = outcome.object();
  const bool is_kept = body.at("archive_kept").as_bool();
  std::cout << text_of(body, "gmail_address") << " is disconnected."
            << (is_kept ? " Its archived mail is kept." : "") << '\n';
  if (const auto failed = text_of(body, "revoke_error"); !failed.empty()) {
    // An App Password was never ours to revoke: nothing failed.
    const bool is_done = text_of(body, "kind") == "app_password";
    (is_done ? std::cout : std::cerr) << failed << '\n';
    return is_done ? 0 : 1;
  }
  return 0;
}

int migrate(const surface::Migrate& verb, const setup::Loaded& loaded, Clock& clock, Log& log) {
  if (loaded.settings.storage.type != setup::StorageType::sqlite) {
    return report(*setup::incomplete(setup::judge(loaded)));
  }
  const auto& path = loaded.settings.storage.sqlite.path;
  sql::SqliteOptions options;
  // A dry run changes nothing, not even by creating the file.
  const bool is_there = std::filesystem::exists(path);
  options.path = verb.dry_run && !is_there ? ":memory:" : path;
  options.look_only = verb.dry_run && is_there;
  asio::io_context loop{1};
  run_to_end(loop, refuse_foreign_database(path, log));
  auto database = sql::open_sqlite(std::move(options), log);
  const auto plan = run_to_end(loop, plan_or_migrate(*database, verb.dry_run, clock));
  for (const auto& step : plan.applied) std::cout << "applied  " << step << '\n';
  for (const auto& step : plan.pending) {
    std::cout << (verb.dry_run ? "pending  " : "migrated ") << step << '\n';
  }
  return 0;
}

int write_config(const surface::WriteConfig& verb) {
  if (verb.database != "sqlite") {
    return report(Error{Errc::unsupported,
                        "Supabase and PostgreSQL storage are not available in this version.",
                        "Leave out -d: the database of sqlite is made at the first start."});
  }
  const int file = ::open(verb.output.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (file < 0) {
    return report(errno == EEXIST
                      ? Error{Errc::conflict, verb.output + " exists already and was not changed.",
                              "Choose another file with --output."}
                      : Error{Errc::misconfigured, verb.output + " cannot be written.",
                              "Choose another file with --output."});
  }
  const auto text =
      "# gmail-mcp configuration. Holds secrets: keep it 0600 and out of version control.\n"
      "encryption_key: " +
      crypto::KeyRing::generate().reveal() +
      "\n"
      "google:\n"
      "  client_id: YOUR_CLIENT_ID\n"
      "  client_secret: YOUR_CLIENT_SECRET\n"
      "  redirect_uri: http://localhost:8000/oauth/callback\n"
      "storage:\n"
      "  type: sqlite\n"
      "  sqlite:\n"
      "    path: gmail_mcp.db\n";
  const auto written = ::write(file, text.data(), text.size());
  ::close(file);
  if (written != static_cast<ssize_t>(text.size())) {
    return report(Error{Errc::misconfigured, verb.output + " could not be written whole."});
  }
  std::cout << verb.output << '\n';
  std::cerr
      << "A new encryption key is in it.\n"
         "Next: put your Google client ID and secret into it (App Passwords work without), then "
         "run `gmail-mcp validate`.\n";
  return 0;
}

int make_key() {
  std::cout << crypto::KeyRing::generate().reveal() << '\n';
  return 0;
}

}  // namespace gmail_mcp::app
