#include <malloc.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <sstream>
#include <type_traits>

#include "app/account_commands.h"
#include "app/check_commands.h"
#include "app/commands.h"
#include "app/import_command.h"
#include "app/sandbox_program.h"
#include "app/serve.h"
#include "app/start_log.h"
#include "base/clock.h"
#include "base/log.h"
#include "setup/load.h"
#include "surface/cli.h"

namespace gmail_mcp::app {
namespace {

setup::Sources sources_of(const surface::CommandLine& line) {
  setup::Sources sources;
  sources.environment = setup::Sources::process_environment();
  sources.flags = line.settings;
  sources.config_file = line.config_file;
  sources.env_file = line.env_file;
  const auto* serve = std::get_if<surface::Serve>(&line.verb);
  // Over stdio editors start us inside other people's repositories.
  sources.read_working_directory = serve == nullptr || serve->http;
  return sources;
}

// A failure that ends the process: `serve` says it in its log, everybody else on stderr.
int fail(const surface::CommandLine& line, const Error& error) {
  const auto* serve = std::get_if<surface::Serve>(&line.verb);
  if (serve == nullptr) return report(error);
  log_fatal(error, sources_of(line), serve->http);
  return 1;
}

int run(const surface::CommandLine& line) {
  if (std::holds_alternative<surface::MakeKey>(line.verb)) return make_key();
  if (const auto* init = std::get_if<surface::WriteConfig>(&line.verb)) return write_config(*init);

  const auto* serve = std::get_if<surface::Serve>(&line.verb);
  const bool over_stdio = serve != nullptr && !serve->http;
  SystemClock clock;
  const auto sources = sources_of(line);
  auto result = setup::load(sources);
  if (!result) return fail(line, result.error());
  auto loaded = std::move(result).value();
  auto& database = loaded.settings.storage.sqlite.path;
  const auto home = sources.environment.find("HOME");
  // The sandbox has a place of its own, and must not take that of real accounts.
  const bool has_own_place = serve != nullptr && serve->sandbox;
  if (over_stdio && !has_own_place && database == setup::SqliteSettings{}.path &&
      home != sources.environment.end()) {
    database = home->second + "/.gmail_mcp/gmail_mcp.db";
  }
  const bool serves = serve != nullptr || std::holds_alternative<surface::RunSandbox>(line.verb);
  auto log = open_log(loaded.settings.log, serves && !over_stdio, !serves);

  return std::visit(
      [&](const auto& verb) -> int {
        using Verb = std::decay_t<decltype(verb)>;
        if constexpr (std::is_same_v<Verb, surface::Serve>) {
          return verb.http ? serve_http(std::move(loaded), verb.sandbox, clock, *log)
                           : serve_stdio(std::move(loaded), verb.sandbox, verb.user, clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::RunSandbox>) {
          become_sandbox(loaded.settings.log, verb.arguments);
        } else if constexpr (std::is_same_v<Verb, surface::CallTool>) {
          return call_tool(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::ConnectAccount>) {
          return connect_account(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::ListConnections>) {
          return list_connections(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::TestConnection>) {
          return test_connection(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::RevokeConnection>) {
          return revoke_connection(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::AddAccount>) {
          return add_account(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::ListAccounts>) {
          return list_accounts(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::RemoveAccount>) {
          return remove_account(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::DeleteUser>) {
          return delete_user(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::CheckHealth>) {
          return check_health(verb, std::move(loaded), clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::Validate>) {
          return validate(verb, loaded, clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::Migrate>) {
          return migrate(verb, loaded, clock, *log);
        } else if constexpr (std::is_same_v<Verb, surface::WriteConfig>) {
          return write_config(verb);
        } else if constexpr (std::is_same_v<Verb, surface::ImportAccounts>) {
          return import_accounts(verb, std::move(loaded), clock, *log);
        } else {
          return make_key();
        }
      },
      line.verb);
}

// A request's memory is given back to the kernel and faulted in again by the next request, when
// glibc's heap ends with it or when it was large enough to be mapped. Up to 2 MiB at the heap's end
// stay; what is larger than 1 MiB is mapped, and goes back when it is freed.
void keep_freed_memory() {
  mallopt(M_TRIM_THRESHOLD, 2 << 20);
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
}

// A core file would hold keys, tokens, passwords and mail. A limit of 0 keeps files away, but the
// kernel still hands the dump to a program that core_pattern names; 1 forbids that, too, and is
// less than any file needs. Debuggers attach as ever. The debug preset leaves it as the shell has
// it.
void leave_no_core_file() {
#ifndef GMAIL_MCP_CORE_FILES
  rlimit least{1, 1};
  if (::setrlimit(RLIMIT_CORE, &least) == 0) return;
  least = {0, 0};  // where the limit is 0 already, 1 would be raising it
  ::setrlimit(RLIMIT_CORE, &least);
#endif
}

// The soft limit is 1,024 almost everywhere, for the sake of programs that call select(). Each
// caller and each connection to a mail server takes one, and what we lack here fails somebody's
// call.
void use_all_descriptors() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == files.rlim_max) return;
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
}

}  // namespace
}  // namespace gmail_mcp::app

int main(int argc, char** argv) {
  using namespace gmail_mcp;
  app::leave_no_core_file();
  app::use_all_descriptors();
  app::keep_freed_memory();
  // A client that goes away is an error of one write, not of the process.
  std::signal(SIGPIPE, SIG_IGN);
  std::ostringstream complaint;
  auto parsed = surface::parse_command_line(argc, argv, complaint);
  if (const auto* status = std::get_if<int>(&parsed)) {
    return *status == 0 ? 0 : app::refuse_command_line(argc, argv, complaint.str());
  }
  const auto& line = std::get<surface::CommandLine>(parsed);
  try {
    return app::run(line);
  } catch (const Error& error) {
    return app::fail(line, error);
  } catch (const std::exception&) {
    return app::fail(line,
                     Error{Errc::internal, "Something went wrong inside gmail-mcp.",
                           "Run it again with GMAIL_MCP_LOG_LEVEL=debug and report what it says."});
  }
}
