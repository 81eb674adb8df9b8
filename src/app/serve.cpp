#include <sys/resource.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>

#include "app/callback_listener.h"
#include "app/doors.h"
#include "app/new_mail.h"
#include "app/program.h"
#include "app/run_mark.h"
#include "app/sandbox_mode.h"
#include "app/start.h"
#include "app/verbs/all.h"
#include "base/log_turns.h"
#include "http/url.h"
#include "mcp/stdio.h"
#include "net/dial.h"
#include "surface/mcp.h"

namespace gmail_mcp::app {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds shutdown_grace{10};

using Signals = asio::basic_signal_set<Executor>;

Task<void> announce(const Program& program, const Doors& doors, Log& log) {
  const auto& settings = program.settings();
  const auto& rules = doors.rules();
  log.info("listening", {{"url", settings.effective_public_url()},
                         {"host", settings.server.host},
                         {"port", doors.port()},
                         {"mcp", settings.effective_public_url() + "/mcp"}});
  const bool closed = co_await surface::is_closed(rules);
  if (rules.callers.allow_unauthenticated) {
    log.warning("UNAUTHENTICATED: anybody who reaches this port may act for every user",
                {{"setting", "server.allow_unauthenticated"}});
  } else if (closed && !settings.server.sign_in.enabled) {
    log.warning(
        "CLOSED: no credential is configured, so every call but health and the OAuth pages gets "
        "401. Give out a person's token with gmail-mcp tokens create, which opens the server to it "
        "at once; or set GMAIL_MCP_SERVER_AUTH_TOKEN and send it as Bearer; or listen on 127.0.0.1 "
        "behind a proxy that authenticates; or set GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED=true");
  }
}

void tell_warnings(const Program& program, Log& log) {
  for (const auto& warning : program.judged().warnings) log.warning(warning);
}

void tell_what_is_missing(const Program& program, Log& log) {
  const auto missing = setup::incomplete(program.judged());
  if (!missing) return;
  log.warning("not ready", {{"problem", missing->message}, {"remedy", missing->hint}});
}

// The pages are at the port where we listen, even if a redirect URI on this machine says otherwise.
// Outside loopback it may be right, because containers publish ports under other numbers.
void settle_public_url(setup::Loaded& loaded) {
  auto& settings = loaded.settings;
  if (!settings.server.public_url.empty() || !net::is_loopback_host(settings.server.host)) return;
  const auto url = http::Url::parse(settings.effective_public_url());
  if (!url || !url->is_loopback() || url->port == settings.server.port) return;
  const auto redirect = settings.effective_redirect_uris().front();
  settings.server.public_url = settings.listener_url();
  loaded.warnings.push_back("Google leads people to " + redirect + ", but this server listens at " +
                            settings.server.public_url +
                            ": connecting with Google will not come back. Let "
                            "GMAIL_MCP_GOOGLE_REDIRECT_URI and the port agree.");
}

// main() has already raised the limit as far as possible.
void tell_of_few_descriptors(Log& log) {
  constexpr rlim_t enough = 4'096;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur >= enough) return;
  log.warning("few descriptors: callers beyond their number wait",
              {{"limit", files.rlim_cur},
               {"remedy",
                "Allow at least 4096 open files: LimitNOFILE= in a systemd unit, "
                "ulimit -Hn in a shell, --ulimit nofile= in Docker."}});
}

// The first line of a start, if there was such a run.
void tell_of_lost_runs(RunMark& mark, Log& log) {
  for (const auto& lost : mark.take_lost()) {
    log.warning("the last run ended without closing",
                {{"begun_at", lost.begun_at},
                 {"transport", lost.transport},
                 {"process", lost.process},
                 {"remedy",
                  "It was killed, or it crashed: look at the end of its log and at the system's, "
                  "which names what it kills for memory."}});
  }
}

// The file of the database that will be opened, if it is one.
std::optional<std::string> database_file(const setup::Loaded& loaded, bool with_sandbox) {
  if (with_sandbox) return store::local_file(store::SqliteFile{sandbox_database(loaded)});
  const auto where = loaded.settings.storage.where();
  return where ? store::local_file(*where) : std::nullopt;
}

// Waits for SIGTERM or SIGINT; SIGHUP reads the certificate again.
Task<void> until_told_to_stop(Signals& signals, Doors* doors, Log& log) {
  while (true) {
    const int number = co_await signals.async_wait(use_task);
    if (number != SIGHUP) {
      log.info("stopping", {{"signal", number}});
      co_return;
    }
    if (doors == nullptr) continue;
    try {
      if (doors->reload_tls()) {
        log.info("tls_reloaded");
      } else {
        log.info("nothing_to_reload", {{"reason", "no TLS certificate is configured"}});
      }
    } catch (const Error& error) {
      log.error("tls_not_reloaded", {{"problem", error.message}});
    }
  }
}

// Cancels `work` when the sandbox has ended, because everything would fail without it. Null: no
// sandbox.
class SandboxWatch {
 public:
  SandboxWatch(const Executor& executor, const SandboxProgram* google, TaskGroup& work)
      : watch_{executor} {
    if (google != nullptr) watch_.spawn(cancel_without(*google, work, is_gone_));
  }

  Task<void> close() {
    watch_.cancel();
    co_await watch_.join();
  }
  void check() const {
    if (!is_gone_) return;
    throw Error{Errc::unavailable, "The sandbox has ended, and this server ends with it.",
                "The process gmail-mcp-sandbox was killed, or it crashed: its own lines of the "
                "log, if there are any, say why. Start again."};
  }

 private:
  bool is_gone_ = false;
  TaskGroup watch_;

  static Task<void> cancel_without(const SandboxProgram& google, TaskGroup& work, bool& is_gone) {
    co_await google.until_gone();
    is_gone = true;
    work.cancel();
  }
};

int report_failure(const Error& error, Log& log) {
  log.error(error.message, {{"code", to_string(error.code)}, {"remedy", error.hint}});
  log.flush();
  return 1;
}

Task<void> http_to_the_end(asio::io_context& loop, setup::Loaded loaded, bool with_sandbox,
                           Clock& clock, Log& log) {
  RunMark mark{database_file(loaded, with_sandbox)};
  tell_of_lost_runs(mark, log);
  const auto google = with_sandbox ? enter_sandbox(loaded, STDOUT_FILENO, log) : nullptr;
  if (!with_sandbox) refuse_sandbox_database(loaded.settings);
  settle_public_url(loaded);
  Program program{loop, std::move(loaded), clock, log};
  std::exception_ptr failure;
  try {
    co_await program.open();
    if (program.store() != nullptr) mark.begin("http", clock.now());
    tell_warnings(program, log);
    Doors doors{loop, program};
    program.start_housekeeping();
    program.follow_issuer();
    program.start_watch();
    co_await announce(program, doors, log);
    tell_what_is_missing(program, log);
    tell_of_few_descriptors(log);
    Signals signals{loop.get_executor(), SIGTERM, SIGINT, SIGHUP};
    auto keep = [&failure](const std::exception_ptr& thrown) { failure = thrown; };
    TaskGroup stay{loop.get_executor(), std::move(keep)};
    SandboxWatch sandbox{loop.get_executor(), google.get(), stay};
    stay.spawn(until_told_to_stop(signals, &doors, log));
    co_await stay.join();
    co_await sandbox.close();
    co_await doors.close(shutdown_grace);
    sandbox.check();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await program.close(shutdown_grace);
  if (failure) std::rethrow_exception(failure);
}

// `user`: act for that user only; empty: the operator.
Task<void> stdio_to_the_end(asio::io_context& loop, setup::Loaded loaded, bool with_sandbox,
                            std::string user, Clock& clock, Log& log) {
  RunMark mark{database_file(loaded, with_sandbox)};
  tell_of_lost_runs(mark, log);
  const auto google = with_sandbox ? enter_sandbox(loaded, STDERR_FILENO, log) : nullptr;
  if (!with_sandbox) refuse_sandbox_database(loaded.settings);
  Program program{loop, std::move(loaded), clock, log};
  CallbackListener callback{loop, program};
  const std::function<void()> listen = [&callback] { callback.wake(); };
  const std::function<std::string()> serve_approvals = [&callback] {
    return callback.serve_approvals();
  };
  co_await program.open(listen, serve_approvals);
  if (program.store() != nullptr) mark.begin("stdio", clock.now());
  tell_warnings(program, log);
  tell_what_is_missing(program, log);
  model::Caller caller;
  caller.kind = user.empty() ? model::CallerKind::operator_ : model::CallerKind::user;
  caller.credential = "stdio";
  caller.default_user = model::ExternalUserId{program.settings().user};
  if (!user.empty()) caller.only_user = model::ExternalUserId{user};
  surface::McpOffer offer{program.catalog(), program.services(), "stdio"};
  mcp::Core core{offer, server_info(), mcp::Limits{}, clock, log};
  auto principal = std::make_shared<const surface::CallerPrincipal>(std::move(caller));
  mcp::Stdio stdio{core, principal, STDIN_FILENO, STDOUT_FILENO, clock, log};

  std::exception_ptr failure;
  bool told_to_stop = false;
  auto keep = [&failure](const std::exception_ptr& thrown) { failure = thrown; };
  TaskGroup conversation{loop.get_executor(), std::move(keep)};
  TaskGroup watch{loop.get_executor()};
  Signals signals{loop.get_executor(), SIGTERM, SIGINT};
  auto stop_on_signal = [](Signals& awaited, TaskGroup& talk, Log& lines,
                           bool& told) -> Task<void> {
    co_await until_told_to_stop(awaited, nullptr, lines);
    told = true;
    talk.cancel();
  };
  watch.spawn(stop_on_signal(signals, conversation, log, told_to_stop));
  program.start_housekeeping();
  auto listening = program.news().listen(clients_of(core.bus()));
  program.start_watch();
  SandboxWatch sandbox{loop.get_executor(), google.get(), conversation};
  conversation.spawn(stdio.run());
  co_await conversation.join();
  co_await sandbox.close();
  listening = {};
  watch.cancel();
  co_await watch.join();
  co_await callback.close();
  co_await program.close(shutdown_grace);
  sandbox.check();
  // When told to stop, it ends by cancellation. Any other end than that of its input is our fault.
  if (failure && !told_to_stop) std::rethrow_exception(failure);
}

int run_to_exit_status(asio::io_context& loop, Task<void> work, Log& log) {
  try {
    run_to_end(loop, std::move(work));
  } catch (const Error& error) {
    return report_failure(error, log);
  } catch (const std::exception& unforeseen) {
    log.error("stopped by an internal failure", {{"detail", unforeseen.what()}});
    return 1;
  }
  log.flush();
  return 0;
}

int run_server(const Words& words) {
  const bool over_http = words.text("--transport") == "http";
  const bool with_sandbox = words.has("--sandbox");
  auto sources = words.sources;
  // Over stdio, editors start this program inside other people's repositories.
  sources.read_working_directory = over_http;
  auto loaded = setup::load(sources);
  auto& database = loaded.settings.storage.sqlite.path;
  // The sandbox has its own database, and must not use that of real accounts.
  if (!over_http && !with_sandbox && database == setup::SqliteSettings{}.path &&
      !loaded.own_folder.empty()) {
    database = loaded.own_folder + "/gmail_mcp.db";
  }
  SystemClock clock;
  const auto log = open_log(loaded.settings.log, over_http, false);
  asio::io_context loop{1};
  if (!over_http) {
    auto talk =
        stdio_to_the_end(loop, std::move(loaded), with_sandbox, words.text("--user"), clock, *log);
    return run_to_exit_status(loop, std::move(talk), *log);
  }
  const LogTurns turns{
      *log, [&loop](std::function<void()> write) { asio::post(loop, std::move(write)); }};
  auto service = http_to_the_end(loop, std::move(loaded), with_sandbox, clock, *log);
  return run_to_exit_status(loop, std::move(service), *log);
}

}  // namespace

Verb verbs::serve() {
  return {
      .path = "serve",
      .help = "Serve MCP (stdio) or MCP and REST (http)",
      .options = {choice("-t,--transport", "stdio or http", {"stdio", "http"}),
                  value("--host", "Address to listen on [127.0.0.1]", "server.host"),
                  value("-p,--port", "Port to listen on [8000]", "server.port"),
                  value("--tls-cert", "Certificate chain (PEM)", "server.tls_cert"),
                  value("--tls-key", "Private key (PEM)", "server.tls_key"),
                  value("--log-format", "auto, json or human", "log.format"),
                  value("--user", "Over stdio: act for this user only"),
                  flag("--sandbox", "Use a simulated Google: no account needed"),
                  flag("-d,--debug", "Log more", "log.level", "debug")},
      .run = run_server,
  };
}

}  // namespace gmail_mcp::app
