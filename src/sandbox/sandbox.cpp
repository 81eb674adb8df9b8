#include "sandbox/sandbox.h"

#include <fmt/format.h>

#include "base/text.h"
#include "net/tls.h"
#include "sandbox/app_passwords.h"
#include "sandbox/batch.h"
#include "sandbox/consent.h"
#include "sandbox/control.h"
#include "sandbox/gmail_api.h"
#include "sandbox/google_error.h"
#include "sandbox/grants.h"
#include "sandbox/imap/server.h"
#include "sandbox/load.h"
#include "sandbox/mail_house.h"
#include "sandbox/mail_listener.h"
#include "sandbox/oauth.h"
#include "sandbox/seed_mail.h"
#include "sandbox/smtp/session.h"

namespace gmail_mcp::sandbox {

namespace {

// Google's answer to a request and what becomes of the connection that carries it.
struct Outcome {
  http::Response response;
  Cut cut = Cut::none;
};

constexpr std::size_t form_limit = std::size_t{64} << 10U;
constexpr std::size_t batch_limit = std::size_t{64} << 20U;
constexpr std::chrono::milliseconds stop_grace{500};

http::Response too_many_concurrent() { return to_response(usual_error(429, "rateLimitExceeded")); }

http::Response over_quota(Timestamp until) {
  auto error = usual_error(429, "userRateLimitExceeded");
  error.message += "  Retry after " + to_iso8601(until);
  return to_response(error);
}

http::Response not_found_page(const Error& error, int status, const http::RequestHead* /*head*/) {
  auto google = to_google(error);
  if (google.code == 500) google = usual_error(status, "");
  return to_response(google);
}

class SandboxServer final : public Sandbox {
 public:
  SandboxServer(boost::asio::io_context& loop, Options options, Clock& clock, Log& log)
      : options_{std::move(options)},
        clock_{clock},
        world_{clock},
        grants_{clock, options_.access_token_lifetime, options_.grant_key},
        faults_{world_, grants_, app_passwords_, counters_},
        load_{counters_},
        oauth_{Registration{options_.client_id, options_.client_secret, options_.redirect_uris},
               world_, grants_, faults_, counters_},
        api_{world_, grants_, counters_} {
    for (const auto& user : options_.users) world_.add_account(user.email, user.name);
    if (options_.seed_mail) seed_mail(world_);
    add_routes();
    http::ListenOptions listen;
    listen.host = options_.host;
    listen.port = options_.port;
    listen.tls = options_.tls;
    listen.reuse_port = options_.reuse_port;
    server_ = http::Server::listen(loop, listen, router_, not_found_page, clock, log);
    log.info("sandbox listens", {{"port", server_->port()}});
    start_mail(loop.get_executor());
  }

  std::uint16_t port() const override { return server_->port(); }

  std::uint16_t imap_port() const override { return imap_ ? imap_->port() : std::uint16_t{0}; }
  std::uint16_t smtp_port() const override { return smtp_ ? smtp_->port() : std::uint16_t{0}; }
  std::string app_password(std::string_view email) const override {
    return app_passwords_.of(email);
  }

  std::string base_url() const override {
    const bool v6 = options_.host.find(':') != std::string::npos;
    return fmt::format("{}://{}:{}", options_.tls ? "https" : "http",
                       v6 ? "[" + options_.host + "]" : options_.host, server_->port());
  }

  Task<void> stop() override {
    if (imap_) co_await imap_->stop();
    if (smtp_) co_await smtp_->stop();
    co_await server_->stop(stop_grace);
  }

  Faults& faults() override { return faults_; }
  Counters counters() const override { return counters_; }
  void reset_counters() override {
    // Open connections and held requests are kept, because their end will be counted.
    auto open = std::move(counters_.imap_open);
    auto held = std::move(counters_.held);
    counters_ = Counters{};
    counters_.held = std::move(held);
    counters_.imap_open = std::move(open);
    counters_.max_imap_open = counters_.imap_open;
  }
  World& world() override { return world_; }

  Result<std::string> approve(std::string_view consent_url, std::string_view email) override {
    return oauth_.approve(consent_url, email);
  }

 private:
  // Answers a request that no fault has stopped.
  using Act = std::function<http::Response(const ApiRequest&)>;

  void start_mail(const Executor& executor);
  Task<void> serve_smtp(std::shared_ptr<Wire> wire);
  void add_routes();
  void add_oauth(const std::string& verb, const std::string& path, std::string name, Act act);
  void add_page(const std::string& verb, const std::string& path, Act act);

  Task<void> serve_oauth(http::Exchange& exchange, const std::string& name, const Act& act);
  Task<void> serve_page(http::Exchange& exchange, const Act& act);
  Task<void> serve_gmail(http::Exchange& exchange);
  Task<void> serve_batch(http::Exchange& exchange);

  // One Gmail call, by itself or as a part of a batch. `admitted`: there was room for it.
  Task<Outcome> call_gmail(const ApiRequest& request, const std::string& name,
                           const std::string& email, bool admitted);
  Task<Outcome> play(const ApiRequest& request, const std::string& name, const std::string& email,
                     Manner manner, const Act& act);
  Task<void> finish(http::Exchange& exchange, Outcome outcome);

  std::string email_of(const ApiRequest& request) const {
    const auto* account = api_.account_of(request.headers);
    return account == nullptr ? std::string{} : account->email;
  }

  Options options_;
  Clock& clock_;
  Counters counters_;
  World world_;
  Grants grants_;
  AppPasswords app_passwords_;
  Faults faults_;
  Load load_;
  OAuth oauth_;
  GmailApi api_;
  http::Router router_;
  std::unique_ptr<http::Server> server_;
  std::unique_ptr<imap::Server> imap_;
  std::optional<MailHouse> mail_house_;
  std::unique_ptr<MailListener> smtp_;
};

void SandboxServer::start_mail(const Executor& executor) {
  std::shared_ptr<const net::TlsContext> tls;
  if (options_.tls) {
    tls = net::TlsContext::for_server(options_.tls->certificate_file, options_.tls->key_file, "");
  }
  const auto at_once = options_.mail_starttls ? nullptr : tls;
  const auto later = options_.mail_starttls ? tls : nullptr;
  mail_house_.emplace(
      MailHouse{world_, grants_, app_passwords_, faults_, counters_, clock_, later});
  net::ListenAddress address;
  address.host = options_.host;
  address.reuse_port = options_.reuse_port;
  if (options_.imap_port) {
    address.port = *options_.imap_port;
    imap_ = std::make_unique<imap::Server>(executor, *mail_house_, address, at_once);
    MailActions actions;
    actions.change_uid_validity = [this](std::string_view email) {
      imap_->change_uid_validity(email);
    };
    actions.drop_connections = [this](std::string_view email) { imap_->drop_connections(email); };
    faults_.set_mail_actions(std::move(actions));
  }
  if (options_.smtp_port) {
    address.port = *options_.smtp_port;
    smtp_ = std::make_unique<MailListener>(
        executor, address, at_once,
        [this](std::shared_ptr<Wire> wire) { return serve_smtp(std::move(wire)); });
  }
}

Task<void> SandboxServer::serve_smtp(std::shared_ptr<Wire> wire) {
  smtp::Session session{*mail_house_, *wire};
  co_await session.serve();
}

ApiRequest head_of(const http::Exchange& exchange) {
  const auto& head = exchange.head();
  ApiRequest request;
  request.verb = head.method;
  request.path = head.path;
  request.query = head.query;
  request.headers = head.headers;
  return request;
}

void SandboxServer::add_oauth(const std::string& verb, const std::string& path, std::string name,
                              Act act) {
  router_.add(verb, path,
              [this, name = std::move(name), act = std::move(act)](http::Exchange& exchange) {
                return serve_oauth(exchange, name, act);
              });
}

void SandboxServer::add_page(const std::string& verb, const std::string& path, Act act) {
  router_.add(verb, path, [this, act = std::move(act)](http::Exchange& exchange) {
    return serve_page(exchange, act);
  });
}

void SandboxServer::add_routes() {
  add_oauth("GET", "/o/oauth2/v2/auth", "auth",
            [this](const ApiRequest& request) { return oauth_.ask(request.query); });
  add_oauth("POST", "/o/oauth2/v2/auth/consent", "consent",
            [this](const ApiRequest& request) { return oauth_.decide(request.body); });
  for (const auto* path : {"/token", "/oauth2/token"}) {
    add_oauth("POST", path, "token", [this](const ApiRequest& request) {
      return oauth_.token(request.headers, request.body);
    });
  }
  for (const auto* path : {"/revoke", "/oauth2/revoke"}) {
    add_oauth("POST", path, "revoke", [this](const ApiRequest& request) {
      return oauth_.revoke(request.query, request.body);
    });
  }
  for (const auto* path : {"/v1/userinfo", "/oauth2/v2/userinfo", "/oauth2/v3/userinfo"}) {
    add_oauth("GET", path, "userinfo",
              [this](const ApiRequest& request) { return oauth_.userinfo(request.headers); });
  }
  add_oauth("GET", "/.well-known/openid-configuration", "metadata",
            [this](const ApiRequest&) { return oauth_.metadata(base_url()); });

  const http::Handler gmail = [this](http::Exchange& exchange) { return serve_gmail(exchange); };
  for (const auto* root : {"/gmail/v1/users", "/upload/gmail/v1/users"}) {
    std::string pattern = root;
    for (const auto* segment : {"/{user}", "/{a}", "/{b}", "/{c}", "/{d}", "/{e}"}) {
      pattern += segment;
      router_.add("*", pattern, gmail);
    }
  }
  const http::Handler batch = [this](http::Exchange& exchange) { return serve_batch(exchange); };
  router_.add("POST", "/batch/gmail/v1", batch);
  router_.add("POST", "/batch", batch);

  add_page("GET", "/", [this](const ApiRequest&) {
    http::Response page;
    page.headers.add("Content-Type", "text/html; charset=utf-8");
    const auto mail = fmt::format(
        "<tr><th>IMAP</th><td><code>{0}:{1}</code></td></tr>\n"
        "<tr><th>SMTP</th><td><code>{0}:{2}</code></td></tr>\n",
        escape_html(options_.host), imap_port(), smtp_port());
    page.body = index_page(oauth_.registration(), world_, app_passwords_, base_url(), mail);
    return page;
  });
  add_page("GET", "/sandbox/counters",
           [this](const ApiRequest&) { return counters_answer(counters_); });
  add_page("GET", "/sandbox/accounts",
           [this](const ApiRequest&) { return accounts_answer(world_, app_passwords_); });
  add_page("DELETE", "/sandbox/counters", [this](const ApiRequest&) {
    reset_counters();
    return json_response(200, boost::json::object{});
  });
  add_page("POST", "/sandbox/faults",
           [this](const ApiRequest& request) { return faults_answer(faults_, request.body); });
  add_page("DELETE", "/sandbox/faults", [this](const ApiRequest&) {
    faults_.clear();
    return json_response(200, boost::json::object{});
  });
  add_page("POST", "/sandbox/deliver",
           [this](const ApiRequest& request) { return deliver_answer(world_, request.body); });
}

Task<Outcome> SandboxServer::play(const ApiRequest& request, const std::string& name,
                                  const std::string& email, Manner manner, const Act& act) {
  ++counters_.requests[name];
  const auto fault = faults_.next(name, request.path, email);
  Outcome outcome;
  if (fault) {
    ++counters_.faults;
    outcome.cut = fault->cut;
    if (fault->delay.count() > 0) co_await clock_.sleep(fault->delay);
    if (fault->hold == Hold::before) co_await faults_.hold(name);
    if (fault->cut == Cut::before_response) co_return outcome;
  }
  const bool is_refused = fault && fault->status;
  outcome.response = is_refused ? fault_answer(*fault, manner, clock_.now()) : act(request);
  if (fault && fault->hold == Hold::after) co_await faults_.hold(name);
  co_return outcome;
}

Task<void> SandboxServer::finish(http::Exchange& exchange, Outcome outcome) {
  if (outcome.cut == Cut::none) {
    co_await exchange.respond(std::move(outcome.response));
    co_return;
  }
  std::string raw;
  if (outcome.cut == Cut::after_headers || outcome.cut == Cut::mid_body) {
    const auto body_size = outcome.response.body.size();
    raw = to_http(outcome.response);
    raw.resize(raw.size() - (outcome.cut == Cut::mid_body ? body_size - body_size / 2 : body_size));
  }
  co_await exchange.abort(std::move(raw));
}

Task<void> SandboxServer::serve_oauth(http::Exchange& exchange, const std::string& name,
                                      const Act& act) {
  ++counters_.http_requests;
  auto request = head_of(exchange);
  request.body = co_await exchange.read_body(form_limit);
  const auto email = email_of(request);
  auto outcome = co_await play(request, name, email, Manner::oauth, act);
  co_await finish(exchange, std::move(outcome));
}

Task<void> SandboxServer::serve_page(http::Exchange& exchange, const Act& act) {
  auto request = head_of(exchange);
  request.body = co_await exchange.read_body(batch_limit);
  co_await exchange.respond(act(request));
}

Task<Outcome> SandboxServer::call_gmail(const ApiRequest& request, const std::string& name,
                                        const std::string& email, bool admitted) {
  if (!admitted) {
    ++counters_.requests[name];
    Outcome refused;
    refused.response = too_many_concurrent();
    co_return refused;
  }
  const Act act = [this, &email](const ApiRequest& call) {
    const auto route = find_route(call.verb, call.path);
    const int units = route ? route->method->units : 0;
    const auto limit = faults_.switches().quota_units_per_minute;
    if (!email.empty()) {
      const auto until = load_.charge(email, units, limit, clock_.now());
      if (until) return over_quota(*until);
    }
    return api_.answer(call);
  };
  co_return co_await play(request, name, email, Manner::api, act);
}

std::string method_name(const ApiRequest& request) {
  const auto route = find_route(request.verb, request.path);
  return std::string{route ? route->method->name : "unknown"};
}

Task<void> SandboxServer::serve_gmail(http::Exchange& exchange) {
  ++counters_.http_requests;
  auto request = head_of(exchange);
  const auto email = email_of(request);
  // Taken before the body is read: a request whose body is still arriving counts as well.
  const auto slot = load_.enter(email, faults_.switches().max_concurrent);
  const auto route = find_route(request.verb, request.path);
  const auto limit = GmailApi::body_limit(route.value_or(GmailRoute{}));
  request.body = co_await exchange.read_body(limit);
  const auto name = method_name(request);
  auto outcome = co_await call_gmail(request, name, email, slot.has_value());
  co_await finish(exchange, std::move(outcome));
}

Task<void> SandboxServer::serve_batch(http::Exchange& exchange) {
  ++counters_.http_requests;
  ++counters_.batches;
  auto outer = head_of(exchange);
  outer.body = co_await exchange.read_body(batch_limit);
  std::vector<BatchPart> parts;
  const Act admit = [this, &parts](const ApiRequest& request) {
    if (const auto status = faults_.switches().refuse_batch) {
      return to_response(usual_error(*status, ""));
    }
    auto read = read_batch(request);
    if (!read) return to_response(to_google(read.error()));
    parts = std::move(*read);
    return http::Response{};
  };
  const auto outer_email = email_of(outer);
  auto outcome = co_await play(outer, "batch", outer_email, Manner::api, admit);
  if (parts.empty()) {
    co_await finish(exchange, std::move(outcome));
    co_return;
  }
  counters_.batch_parts += parts.size();

  // Google runs the parts in parallel and counts them so.
  std::vector<std::string> names;
  std::vector<std::string> emails;
  std::vector<std::optional<Load::Slot>> slots;
  slots.reserve(parts.size());
  for (const auto& part : parts) {
    names.push_back(method_name(part.request));
    emails.push_back(email_of(part.request));
    slots.push_back(load_.enter(emails.back(), faults_.switches().max_concurrent));
  }
  std::vector<Task<Outcome>> calls;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    calls.push_back(call_gmail(parts[i].request, names[i], emails[i], slots[i].has_value()));
  }
  auto outcomes = co_await run_all(std::move(calls));
  std::vector<http::Response> answers;
  for (auto& each : outcomes) {
    answers.push_back(std::move(each.response));
    // A part has no connection of its own: the first cut applies to the whole answer.
    if (outcome.cut == Cut::none) outcome.cut = each.cut;
  }
  outcome.response = write_batch(parts, answers);
  co_await finish(exchange, std::move(outcome));
}

}  // namespace

std::unique_ptr<Sandbox> Sandbox::start(boost::asio::io_context& loop, Options options,
                                        Clock& clock, Log& log) {
  return std::make_unique<SandboxServer>(loop, std::move(options), clock, log);
}

}  // namespace gmail_mcp::sandbox
