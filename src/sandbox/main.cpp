// gmail-mcp-sandbox: the simulated Google as a program of its own, beside the server.
//
// With --attached it is a child process: on standard input, a socket, it reads one line (the key of
// its grants, which may be empty), answers with one line of JSON that says where it listens, and
// ends when the other end is closed.
#include <sys/socket.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <map>

#include "base/log_turns.h"
#include "gmail_mcp_version.h"
#include "sandbox/sandbox.h"

namespace gmail_mcp::sandbox {
namespace {

namespace asio = boost::asio;

struct Wish {
  Options options;
  std::string tls_cert, tls_key;
  LogLevel level = LogLevel::info;
  std::string format = "auto";
  bool attached = false;
};

constexpr std::size_t longest_line = 1024;

// The line of the parent; throws when the parent is gone before it sent one.
std::string read_line() {
  std::string line;
  char c = 0;
  while (line.size() < longest_line && ::read(STDIN_FILENO, &c, 1) == 1 && c != '\n') line += c;
  return line;
}

void answer(const Sandbox& google, const Options& options) {
  boost::json::object out;
  out["url"] = google.base_url();
  out["imap_port"] = google.imap_port();
  out["smtp_port"] = google.smtp_port();
  out["client_id"] = options.client_id;
  out["client_secret"] = options.client_secret;
  const auto line = boost::json::serialize(out) + "\n";
  if (::send(STDIN_FILENO, line.data(), line.size(), MSG_NOSIGNAL) < 0) {
    throw Error{Errc::unavailable, "The program that started the sandbox is gone."};
  }
}

Task<void> until_detached() {
  auto executor = co_await current_executor();
  asio::posix::basic_stream_descriptor<Executor> parent{executor, ::dup(STDIN_FILENO)};
  std::array<char, 64> ignored;
  auto into = asio::buffer(ignored);
  try {
    for (;;) co_await parent.async_read_some(into, use_task);
  } catch (const boost::system::system_error&) {
  }
}

Task<void> until_told_to_stop(Log& log) {
  auto executor = co_await current_executor();
  asio::basic_signal_set<Executor> signals{executor, SIGTERM, SIGINT};
  const int number = co_await signals.async_wait(use_task);
  log.info("stopping", {{"signal", number}});
}

Task<void> serve(asio::io_context& loop, Wish wish, Clock& clock, Log& log) {
  auto& options = wish.options;
  if (wish.attached) options.grant_key = read_line();
  auto google = Sandbox::start(loop, options, clock, log);
  log.info("sandbox_started", {{"url", google->base_url()},
                               {"imap_port", google->imap_port()},
                               {"smtp_port", google->smtp_port()}});
  if (wish.attached) {
    answer(*google, options);
    co_await until_detached();
  } else {
    // The people are invented: their App Passwords are not secret.
    for (const auto& account : google->world().accounts()) {
      log.info("sandbox_account",
               {{"email", account->email}, {"sign_in", google->app_password(account->email)}});
    }
    co_await until_told_to_stop(log);
  }
  co_await google->stop();
}

int run(Wish wish) {
  SystemClock clock;
  const bool human =
      wish.format == "human" || (wish.format == "auto" && ::isatty(STDOUT_FILENO) == 1);
  const auto log = Log::open(human ? Log::Format::human : Log::Format::json, wish.level,
                             Log::Target::standard_output);
  asio::io_context loop{1};
  int status = 0;
  try {
    run_to_end(loop, serve(loop, std::move(wish), clock, *log));
  } catch (const Error& error) {
    log->error(error.message, {{"code", to_string(error.code)}, {"remedy", error.hint}});
    status = 1;
  } catch (const std::exception& unforeseen) {
    log->error("stopped by an internal failure", {{"detail", unforeseen.what()}});
    status = 1;
  }
  log->flush();
  return status;
}

// A number is the exit status after help or bad usage.
std::variant<Wish, int> parse(int argc, char** argv) {
  Wish wish;
  auto& options = wish.options;
  options.port = 8300;
  CLI::App app{"A simulated Google: OAuth, the Gmail REST API, IMAP and SMTP, all in memory.",
               "gmail-mcp-sandbox"};
  app.set_version_flag("--version", "gmail-mcp-sandbox " + std::string{version});
  std::uint16_t imap_port = 0;
  std::uint16_t smtp_port = 0;
  app.add_option("--host", options.host, "Address to listen on")->capture_default_str();
  app.add_option("-p,--port", options.port, "Port to listen on; 0: any free one")
      ->capture_default_str();
  app.add_option("--imap-port", imap_port, "Port of its IMAP; 0: any free one")
      ->capture_default_str();
  app.add_option("--smtp-port", smtp_port, "Port of its SMTP; 0: any free one")
      ->capture_default_str();
  app.add_option("--tls-cert", wish.tls_cert, "Certificate chain (PEM)");
  app.add_option("--tls-key", wish.tls_key, "Private key (PEM)");
  app.add_option("--log-format", wish.format, "auto, json or human")
      ->check(CLI::IsMember({"auto", "json", "human"}))
      ->take_last()
      ->capture_default_str();
  const std::map<std::string, LogLevel> levels{{"debug", LogLevel::debug},
                                               {"info", LogLevel::info},
                                               {"warning", LogLevel::warning},
                                               {"error", LogLevel::error}};
  app.add_option("--log-level", wish.level, "debug, info, warning or error")
      ->transform(CLI::Transformer(levels, CLI::ignore_case))
      ->take_last();
  app.add_flag("--attached", wish.attached)->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    return status == 0 ? 0 : 2;
  }
  options.imap_port = imap_port;
  options.smtp_port = smtp_port;
  if (!wish.tls_cert.empty()) options.tls = http::TlsIdentity{wish.tls_cert, wish.tls_key};
  return wish;
}

}  // namespace
}  // namespace gmail_mcp::sandbox

int main(int argc, char** argv) {
  using namespace gmail_mcp;
  std::signal(SIGPIPE, SIG_IGN);
  auto parsed = sandbox::parse(argc, argv);
  if (const auto* status = std::get_if<int>(&parsed)) return *status;
  auto& wish = std::get<sandbox::Wish>(parsed);
  // The server still needs it while it stops, and closes the socket after that.
  if (wish.attached) std::signal(SIGINT, SIG_IGN);
  if (wish.attached) std::signal(SIGTERM, SIG_IGN);
  return sandbox::run(std::move(wish));
}
