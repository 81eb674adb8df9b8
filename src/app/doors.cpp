#include "app/doors.h"

#include <sys/resource.h>

#include <algorithm>

#include "accounts/mail_scopes.h"
#include "app/measures.h"
#include "app/new_mail.h"
#include "app/token_issuer.h"
#include "gmail_mcp_version.h"
#include "http/url.h"
#include "net/dial.h"
#include "surface/answer.h"
#include "surface/metrics.h"
#include "surface/rest.h"
#include "surface/sign_in_endpoints.h"

namespace gmail_mcp::app {

surface::DoorRules door_rules(const setup::Settings& settings) {
  surface::DoorRules rules;
  rules.callers.auth_token = settings.server.auth_token;
  rules.callers.operator_token = settings.server.operator_token;
  rules.callers.has_sign_in =
      !settings.server.oauth.issuer.empty() || settings.server.sign_in.enabled;
  // Where people sign in, or there is a token, nobody is let in without it.
  const bool needs_none = !rules.callers.has_sign_in && rules.callers.auth_token.empty() &&
                          rules.callers.operator_token.empty();
  rules.callers.allow_unauthenticated = settings.server.allow_unauthenticated && needs_none;
  // The address decides for the whole server, because requests to a container's mapped port also
  // come from loopback.
  const bool listens_on_loopback = net::is_loopback_host(settings.server.host);
  rules.callers.is_loopback_only = listens_on_loopback && settings.public_url_is_loopback();
  rules.scopes = scopes_of(settings);
  rules.require_user = settings.server.require_user;
  rules.trusted_proxies = settings.server.trusted_proxies;
  rules.allowed_hosts = settings.server.allowed_hosts;
  rules.allowed_origins = settings.server.allowed_origins;
  if (const auto url = http::Url::parse(settings.effective_public_url())) {
    rules.public_host = url->host;
    rules.public_origin = url->origin();
  }
  return rules;
}

surface::WebOptions web_options(const setup::Settings& settings) {
  return {settings.server.application_name, settings.effective_public_url(), settings.archive};
}

surface::ProtectedResource protected_resource(const setup::Settings& settings) {
  surface::ProtectedResource resource;
  resource.public_url = settings.effective_public_url();
  resource.name = settings.server.application_name;
  if (settings.server.sign_in.enabled) {
    resource.authorization_servers.push_back(resource.public_url);
  }
  const auto& issuer = settings.server.oauth.issuer;
  if (!issuer.empty()) resource.authorization_servers.push_back(issuer);
  resource.scopes = scopes_of(settings).names();
  if (settings.server.sign_in.enabled) {
    // Those of our own sign-in are always the standard ones. Many clients ask at once for all that
    // they read here.
    for (const auto& scope : accounts::default_mail_scopes()) {
      auto& all = resource.scopes;
      if (std::find(all.begin(), all.end(), scope) == all.end()) all.push_back(scope);
    }
  }
  return resource;
}

mcp::ServerInfo server_info() {
  mcp::ServerInfo info;
  info.implementation.name = "gmail-mcp";
  info.implementation.version = version;
  info.implementation.title = "Gmail";
  info.instructions = surface::mcp_instructions();
  // What a caller is offered follows from the settings and the credential, which stay as they are.
  info.changing = {false, false, false};
  // Nothing is said to clients beside answers, progress and news of mail.
  info.families.logging = false;
  return info;
}

namespace {

mcp::Authenticate authenticator(const surface::DoorRules& rules) {
  return [&rules](const http::RequestHead& head) -> Task<mcp::PrincipalPtr> {
    auto caller = co_await surface::mcp_caller_of(head, rules);
    co_return std::make_shared<const surface::CallerPrincipal>(std::move(caller));
  };
}

mcp::HttpOptions mcp_options(const surface::DoorRules& rules,
                             const surface::ProtectedResource& resource, WorkPool* work_pool) {
  mcp::HttpOptions options;
  options.work_pool = work_pool;
  options.error_answer = [&resource](const Error& error, const http::RequestHead& head) {
    return surface::refusal(resource, error, &head);
  };
  // The Host is judged with the credential.
  options.may_ask = [&rules](const http::RequestHead& head) -> std::optional<Error> {
    try {
      surface::check_origin(head, rules);
    } catch (const Error& refused) {
      return refused;
    }
    return std::nullopt;
  };
  return options;
}

// Hints for refusals by the HTTP server itself, which does not know our paths and limits.
std::string hint_for(int status) {
  switch (status) {
    case 404: return "GET /tools lists the tools; POST /tools/<name> calls one; MCP is at /mcp.";
    case 405: return "The Allow header names the methods of this path.";
    case 413: return "Send at most 36 MB, and 64 KB without a credential.";
    case 431: return "Send fewer or shorter headers.";
    case 408: return "Send the request without pauses.";
    case 503: return "Try again in a moment.";
    default: return "Send an HTTP/1.1 request as RFC 9112 describes.";
  }
}

mcp::Core::Options core_options(Program& program) {
  mcp::Core::Options options;
  if (const auto* keys = program.keys()) options.states.emplace(*keys, "mcp request state");
  options.work_pool = program.services().work_pool;
  return options;
}

std::unique_ptr<StoredSessions> session_memory(Program& program) {
  if (program.keys() == nullptr || program.store() == nullptr) return nullptr;
  return std::make_unique<StoredSessions>(program.store()->mcp_sessions(), *program.keys());
}

mcp::HttpOptions with_sessions(mcp::HttpOptions options, const Program& program,
                               StoredSessions* memory) {
  if (const auto* keys = program.keys()) options.session_sealer.emplace(*keys, "mcp session");
  options.session_memory = memory;
  return options;
}

http::Response answer_failure(const surface::ProtectedResource& resource, const Error& failed,
                              int suggested_status, const http::RequestHead* head) {
  auto error = failed;
  if (error.hint.empty() && error.code != Errc::internal) {
    error.hint =
        hint_for(suggested_status != 0 ? suggested_status : surface::http_status(error.code));
  }
  auto response = surface::refusal(resource, error, head);
  if (suggested_status != 0 && error.code != Errc::internal) response.status = suggested_status;
  if (head == nullptr || !surface::reads_pages(*head)) return response;
  auto page = surface::error_page(error, response.status);
  for (const auto* kept : {"WWW-Authenticate", "Retry-After"}) {
    if (const auto* value = response.headers.find(kept)) page.headers.add(kept, *value);
  }
  return page;
}

// How many connections callers may have: the other descriptors are for the database and the mail
// servers, which are needed to serve any caller.
std::size_t spare_descriptors() {
  constexpr std::size_t least_reserve = 64;
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return least_reserve;
  const auto all = static_cast<std::size_t>(files.rlim_cur);
  const auto reserve = std::max(least_reserve, all / 4);
  return all > reserve ? all - reserve : 1;
}

std::optional<http::TlsIdentity> tls_identity(const setup::ServerSettings& server) {
  if (server.tls_cert.empty() && server.tls_key.empty()) return std::nullopt;
  if (server.tls_cert.empty() || server.tls_key.empty()) {
    throw Error{Errc::misconfigured, "Only one of server.tls_cert and server.tls_key is set.",
                "Set both, or neither."};
  }
  return http::TlsIdentity{server.tls_cert, server.tls_key};
}

}  // namespace

Doors::Doors(boost::asio::io_context& loop, Program& program)
    : program_{program},
      rules_{door_rules(program.settings())},
      web_{web_options(program.settings())},
      resource_{protected_resource(program.settings())},
      offer_{program.catalog(), program.services(), "mcp", &rules_.scopes},
      core_{offer_,          server_info(), mcp::Limits{},
            program.clock(), program.log(), core_options(program)},
      session_memory_{session_memory(program)},
      mcp_{core_, authenticator(rules_),
           with_sessions(mcp_options(rules_, resource_, program.services().work_pool), program,
                         session_memory_.get()),
           program.clock(), program.log()},
      sse_{core_, authenticator(rules_),
           mcp_options(rules_, resource_, program.services().work_pool), program.clock(),
           program.log()} {
  surface::add_rest_routes(router_, program.catalog(), program.services(), rules_,
                           program.settings().effective_public_url());
  surface::add_metrics_route(router_, program.meter(), program.services(), rules_);
  if (auto* server = program.authorization_server()) {
    sign_in_.emplace(program.services(), rules_, web_, *server);
    surface::add_sign_in_pages(router_, *sign_in_, program.services());
    surface::add_sign_in_endpoints(router_, *server, *program.client_tokens(), rules_,
                                   program.clock(), true);
  }
  surface::add_web_routes(router_, program.services(), rules_, web_,
                          sign_in_ ? &*sign_in_ : nullptr);
  home_.emplace(web_, sign_in_.has_value());
  router_.add("GET", "/", [this](http::Exchange& exchange) { return home_->show(exchange); });
  surface::add_protected_resource_routes(router_, resource_);
  for (const auto* path : {"/mcp", "/mcp/"}) {
    router_.add("*", path, [this](http::Exchange& exchange) {
      // People paste the address for MCP clients into browsers, too.
      const bool is_visit =
          exchange.head().method == "GET" && surface::reads_pages(exchange.head());
      if (is_visit) return home_->show(exchange);
      return mcp_.handle(exchange);
    });
  }
  for (const auto* path : {"/mcp/sse", "/mcp/sse/"}) {
    router_.add("*", path, [this](http::Exchange& exchange) { return sse_.handle(exchange); });
  }

  rules_.recognizers = program.recognizers();
  listening_ = program.news().listen(clients_of(core_.bus()));
  if (session_memory_) sessions_listening_ = program.news().listen(sessions_of(mcp_));

  const auto& server = program.settings().server;
  http::ListenOptions options;
  options.host = server.host;
  options.port = server.port;
  options.tls = tls_identity(server);
  options.limits.connections = std::min(options.limits.connections, spare_descriptors());
  shares_ = std::make_shared<http::CallerShares>(options.limits);
  options.shares = shares_;
  auto answer = [this](const Error& error, int status, const http::RequestHead* head) {
    return answer_failure(resource_, error, status, head);
  };
  server_ = http::Server::listen(loop, options, router_, std::move(answer), program.clock(),
                                 program.log());
  measure();
}

void Doors::measure() {
  auto& meter = program_.meter();
  const auto gauge = [&meter](const char* name, const char* help, const MeterLabels& labels,
                              std::function<std::size_t()> value) {
    meter.ask(Meter::Kind::gauge, name, help, labels,
              [value = std::move(value)] { return static_cast<double>(value()); });
  };
  gauge("gmail_mcp_open_connections", "HTTP connections.", {},
        [this] { return server_->open_connections(); });
  measure_share(meter, "request_bodies", shares_->body_bytes);
  measure_share(meter, "requests", shares_->requests);
  measure_share(meter, "subscriptions", core_.listens());
  measure_share(meter, "watched_resources", core_.bus().watched());
  measure_share(meter, "waiting_calls", core_.waiting_calls());
  measure_share(meter, "event_streams", sse_.streams());
  measure_share(meter, "kept_events", mcp_.kept_events());
  const auto* streams = "gmail_mcp_open_streams";
  const auto* help = "Event streams to MCP clients.";
  gauge(streams, help, {{"transport", "http"}}, [this] { return mcp_.open_streams(); });
  gauge(streams, help, {{"transport", "sse"}}, [this] { return sse_.sessions(); });
  gauge("gmail_mcp_mcp_sessions", "Sessions of MCP clients over Streamable HTTP.", {},
        [this] { return mcp_.sessions(); });
}

Task<void> Doors::close(std::chrono::milliseconds grace) {
  listening_ = {};
  sessions_listening_ = {};
  co_await mcp_.stop();
  co_await server_->stop(grace);
}

}  // namespace gmail_mcp::app
