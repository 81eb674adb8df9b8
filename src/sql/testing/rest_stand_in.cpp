#include "sql/testing/rest_stand_in.h"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/text.h"
#include "http/url.h"
#include "sql/testing/rest_tokens.h"

namespace gmail_mcp::sql::testing {

namespace {

constexpr std::string_view rpc = "/rest/v1/rpc/";
constexpr std::size_t most_bytes = std::size_t{256} << 20;

// The gateway's own answers have no code.
RestAnswer gateway_refusal(std::string_view message, std::string_view hint) {
  const boost::json::object body{{"message", message}, {"hint", hint}};
  RestAnswer answer{.status = 401, .body = boost::json::serialize(body), .headers = {}};
  answer.headers.emplace_back("Content-Type", "application/json; charset=utf-8");
  return answer;
}

RestAnswer token_refusal(const TokenFault& fault) {
  auto answer = rest_error(401, fault.code, fault.message, fault.details);
  answer.headers.emplace_back(
      "WWW-Authenticate",
      fmt::format(R"(Bearer error="invalid_token", error_description="{}")", fault.message));
  return answer;
}

// "Bearer x" -> "x"; nothing for another scheme.
std::optional<std::string> token_in(std::string_view authorization) {
  const auto blank = authorization.find(' ');
  if (!equals_ignoring_case(authorization.substr(0, blank), "bearer")) return std::nullopt;
  return std::string{blank == authorization.npos ? std::string_view{}
                                                 : trim(authorization.substr(blank))};
}

bool takes_json(std::string_view accept) {
  if (accept.empty()) return true;
  for (const auto& part : split(accept, ',')) {
    const auto type = trim(std::string_view{part}.substr(0, part.find(';')));
    if (type == "*/*" || type == "application/*" || type == "application/json") return true;
  }
  return false;
}

}  // namespace

std::string supabase_roles(const std::string& database) {
  return R"sql(
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'authenticator') THEN
        CREATE ROLE anon NOLOGIN NOINHERIT;
        CREATE ROLE authenticated NOLOGIN NOINHERIT;
        CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
        CREATE ROLE authenticator LOGIN NOINHERIT;
        GRANT anon, authenticated, service_role TO authenticator;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;  -- another database's set-up was faster
END
$$;
CREATE SCHEMA IF NOT EXISTS extensions;
CREATE EXTENSION IF NOT EXISTS "uuid-ossp" WITH SCHEMA extensions;
GRANT USAGE ON SCHEMA public, extensions TO anon, authenticated, service_role;
-- A project gives everything that is made to the browsers' roles. It may give it to service_role,
-- too; that it does not here shows that our SQL says itself what service_role needs.
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON TABLES TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON FUNCTIONS TO anon, authenticated;
ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT ALL ON SEQUENCES TO anon, authenticated;
ALTER DATABASE ")sql" +
         database + R"sql(" SET search_path = "$user", public, extensions;
SET search_path = "$user", public, extensions;
)sql";
}

RestStandIn::RestStandIn(RestStandInOptions options)
    : options_{std::move(options)},
      functions_{options_.connection},
      anon_key_{token_of("anon")},
      service_key_{token_of("service_role")},
      pool_{options_.threads} {
  router_.add("*", "/rest/v1/rpc/{function}",
              [this](http::Exchange& exchange) { return serve(exchange); });
  http::ListenOptions listen;
  listen.port = options_.port;
  server_ = http::Server::listen(loop_, listen, router_, {}, clock_, *log_);
  thread_ = std::thread{[this] { loop_.run(); }};
}

RestStandIn::~RestStandIn() {
  boost::asio::co_spawn(loop_, server_->stop(std::chrono::milliseconds{0}),
                        [](const std::exception_ptr&) {});
  thread_.join();
}

std::string RestStandIn::url() const { return fmt::format("http://127.0.0.1:{}", server_->port()); }

std::string RestStandIn::token_of(const std::string& role, std::int64_t expires) const {
  return make_token({{"iss", "supabase"}, {"role", role}, {"exp", expires}}, options_.jwt_secret);
}

void RestStandIn::answer_next(http::Response response, int times) {
  const std::lock_guard lock{mutex_};
  for (int i = 0; i < times; ++i) prepared_.push_back(response);
}

void RestStandIn::drop_next(int times) {
  const std::lock_guard lock{mutex_};
  drops_ += times;
}

std::vector<RestStandIn::Seen> RestStandIn::seen() const {
  const std::lock_guard lock{mutex_};
  return seen_;
}

// Whose call it is; false with an answer when nobody's. The gateway lets a key of the new kind pass
// as a token of its role; such a key behind another apikey is what PostgREST cannot read.
bool RestStandIn::recognise(const http::Headers& headers, RestFunctions::Call& call,
                            RestAnswer& refusal) {
  const auto* key = headers.find("apikey");
  if (key == nullptr) {
    refusal = gateway_refusal("No API key found in request",
                              "No `apikey` request header or url param was found.");
    return false;
  }
  const bool is_secret = *key == options_.secret_key;
  const bool is_publishable = *key == options_.publishable_key;
  if (!is_secret && !is_publishable && *key != anon_key_ && *key != service_key_) {
    refusal = gateway_refusal("Invalid API key",
                              "Double check your Supabase `anon` or `service_role` API key.");
    return false;
  }
  const auto* authorization = headers.find("Authorization");
  auto token = authorization == nullptr ? std::nullopt : token_in(*authorization);
  if ((is_secret || is_publishable) && (!token || *token == *key)) {
    token = is_secret ? service_key_ : anon_key_;
  }
  call.role = "anon";
  if (!token) return true;
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.now()).time_since_epoch();
  auto read = read_token(*token, options_.jwt_secret, now.count());
  if (const auto* fault = std::get_if<TokenFault>(&read)) {
    refusal = token_refusal(*fault);
    return false;
  }
  call.claims = std::get<boost::json::object>(std::move(read));
  if (const auto* role = call.claims.if_contains("role"); role != nullptr && role->is_string()) {
    call.role = role->get_string().c_str();
  }
  call.is_logged_in = call.role != "anon";
  return true;
}

RestAnswer RestStandIn::answer_to(const Seen& request) {
  RestFunctions::Call call;
  RestAnswer refusal;
  if (!recognise(request.headers, call, refusal)) return refusal;
  const auto profile = request.headers.get("Content-Profile");
  if (!profile.empty() && profile != "public") {
    return rest_error(406, "PGRST106", fmt::format("Invalid schema: {}", profile), {},
                      "Only the following schemas are exposed: public");
  }
  if (request.method != "GET" && request.method != "POST") {
    return rest_error(405, "PGRST101",
                      fmt::format("Cannot use the {} method on RPC", request.method));
  }
  const auto accept = request.headers.get("Accept");
  if (!takes_json(accept)) {
    return rest_error(406, "PGRST107",
                      fmt::format("None of these media types are available: {}", accept));
  }
  call.reads_only = request.method == "GET";
  const auto type = request.headers.get("Content-Type");
  if (!call.reads_only && !type.empty() &&
      trim(type.substr(0, type.find(';'))) != "application/json") {
    return rest_error(400, "PGRST102", fmt::format("Content-Type not acceptable: {}", type));
  }
  const auto query = request.path.find('?');
  call.name = percent_decode(request.path.substr(rpc.size(), query - rpc.size())).value_or("");
  if (query != request.path.npos) {
    call.arguments =
        http::decode_query(request.path.substr(query + 1)).value_or(http::QueryFields{});
  }
  call.body = request.body;
  auto answer = functions_.call(call);
  if (!profile.empty()) answer.headers.emplace_back("Content-Profile", std::string{profile});
  return answer;
}

Task<void> RestStandIn::serve(http::Exchange& exchange) {
  const auto& head = exchange.head();
  Seen request{.method = head.method, .path = head.path, .headers = head.headers, .body = {}};
  if (!head.query.empty()) request.path += "?" + head.query;
  request.body = co_await exchange.read_body(most_bytes);
  std::optional<http::Response> prepared;
  bool is_dropped = false;
  {
    const std::lock_guard lock{mutex_};
    seen_.push_back(request);
    if (!prepared_.empty()) {
      prepared = std::move(prepared_.front());
      prepared_.pop_front();
    } else if (drops_ > 0) {
      --drops_;
      is_dropped = true;
    }
  }
  if (prepared) {
    co_await exchange.respond(std::move(*prepared));
    co_return;
  }
  std::function<RestAnswer()> work = [&] { return answer_to(request); };
  auto answer = co_await pool_.run(std::move(work));
  if (is_dropped) {
    co_await exchange.abort("");
    co_return;
  }
  http::Response response;
  response.status = answer.status;
  response.body = std::move(answer.body);
  for (auto& [name, value] : answer.headers)
    response.headers.add(std::move(name), std::move(value));
  co_await exchange.respond(std::move(response));
}

}  // namespace gmail_mcp::sql::testing
