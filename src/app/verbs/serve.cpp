#include "app/serve.h"

#include "app/start.h"
#include "app/verbs/all.h"

namespace gmail_mcp::app {

namespace {

int run_server(const Words& words) {
  const bool over_http = words.text("--transport") == "http";
  const bool with_sandbox = words.has("--sandbox");
  auto sources = words.sources;
  // Over stdio editors start us inside other people's repositories.
  sources.read_working_directory = over_http;
  auto loaded = setup::load(sources);
  auto& database = loaded.settings.storage.sqlite.path;
  const auto home = sources.environment.find("HOME");
  // The sandbox has a place of its own, and must not take that of real accounts.
  if (!over_http && !with_sandbox && database == setup::SqliteSettings{}.path &&
      home != sources.environment.end()) {
    database = home->second + "/.gmail_mcp/gmail_mcp.db";
  }
  SystemClock clock;
  const auto log = open_log(loaded.settings.log, over_http, false);
  return over_http
             ? serve_http(std::move(loaded), with_sandbox, clock, *log)
             : serve_stdio(std::move(loaded), with_sandbox, words.text("--user"), clock, *log);
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
