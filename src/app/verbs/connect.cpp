#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <iostream>

#include "app/callback_listener.h"
#include "app/start.h"
#include "app/tool_verb.h"
#include "app/verbs/all.h"
#include "google/scopes.h"

namespace gmail_mcp::app {

namespace {

void open_browser(const std::string& url) {
  std::string program = "xdg-open";
  std::string target = url;
  char* arguments[] = {program.data(), target.data(), nullptr};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  // Keeps the browser's own output out of ours.
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  pid_t pid = 0;
  if (posix_spawnp(&pid, program.c_str(), &actions, nullptr, arguments, environ) == 0) {
    ::waitpid(pid, nullptr, 0);
  }
  posix_spawn_file_actions_destroy(&actions);
}

// The connection that this sign-in made. If another process has the port of the callback, it is
// found in the database.
Task<std::optional<model::Connection>> connected_since(Program& program, Timestamp begun_at,
                                                       const operation::Accounts::Finishing& visits,
                                                       bool is_listening) {
  if (visits.last) co_return visits.last->connection;
  const auto access = model::Access::system("gmail-mcp connect");
  store::ConnectionFilter filter;
  filter.user = model::ExternalUserId{program.settings().user};
  for (int tries = 0; !is_listening && tries < 20; ++tries) {
    auto all = co_await program.store()->connections().list(access, filter);
    for (auto& one : all) {
      if (one.updated_at >= begun_at) co_return std::move(one);
    }
    co_await program.clock().sleep(std::chrono::milliseconds{500});
  }
  co_return std::nullopt;
}

// The exit status: 0 when the account can be used for something.
int report_connected(const model::Connection& connection,
                     const operation::Accounts::Finishing& visits) {
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

Task<int> connect_in(boost::asio::io_context& loop, Program& program, bool browser) {
  CallbackListener callback{loop, program};
  const std::function<void()> listen = [&callback] { callback.wake(); };
  co_await program.open(listen);
  const auto& accounts = program.ready().accounts;
  const auto& visits = accounts.finishing();
  const auto begun_at = program.clock().now();
  const auto* begin = program.catalog().tool("gmail_get_auth_url");
  boost::json::object nothing;
  auto started = co_await run_tool(program, *begin, std::move(nothing));
  int status = 1;
  if (!started.ok()) {
    report_outcome(started);
  } else {
    const auto flow = started.made()->object();
    const auto url = text_of(flow, "connect_url");
    std::cerr << "Open this link and follow it:\n\n  " << url
              << "\n\nWaiting until you are done…\n";
    if (browser) open_browser(url);
    const auto state = text_of(flow, "state");
    bool expired = false;
    while (true) {
      // While a page finishes the sign-in, neither the flow nor its result can be found.
      const bool is_under_way = visits.running > 0;
      auto view = co_await accounts.sign_ins().look(state);
      expired = view && view->expired;
      if (expired || (!view && !is_under_way && visits.running == 0)) break;
      co_await program.clock().sleep(std::chrono::milliseconds{300});
    }
    auto connection = co_await connected_since(program, begun_at, visits, callback.is_listening());
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
  co_await program.close(std::chrono::seconds{10});
  co_return status;
}

int connect_account(const Words& words) {
  Start start{words};
  refuse_sandbox_database(start.loaded.settings);
  boost::asio::io_context loop{1};
  Program program{loop, std::move(start.loaded), start.clock, *start.log};
  return run_to_end(loop, connect_in(loop, program, !words.has("--no-browser")));
}

}  // namespace

Verb verbs::connect() {
  return {.path = "connect",
          .help = "Connect a Gmail account in the browser",
          .options = {value("-u,--user-id", "For this user [GMAIL_MCP_USER]", "user"),
                      flag("--no-browser", "Only print the link")},
          .run = connect_account};
}

}  // namespace gmail_mcp::app
