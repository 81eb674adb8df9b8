#include "surface/rest.h"

#include <boost/json/array.hpp>

#include "base/caught.h"
#include "base/offload.h"
#include "base/text.h"
#include "gmail_mcp_version.h"
#include "http/url.h"
#include "operation/accounts.h"
#include "operation/run.h"
#include "operation/send_result.h"
#include "schema/json_arena.h"
#include "schema/json_text.h"
#include "surface/account_routes.h"
#include "surface/answer.h"
#include "surface/openapi.h"
#include "surface/protected_resource.h"

namespace gmail_mcp::surface {

namespace json = boost::json;

namespace {

constexpr std::size_t max_body = std::size_t{36} << 20;
constexpr std::size_t max_depth = 32;
constexpr std::size_t max_values = 200'000;

struct Rest {
  const operation::Catalog& catalog;
  const operation::Services& services;
  const DoorRules& rules;
  std::string openapi;
  std::string public_url;

  Task<void> call_tool(http::Exchange& exchange, std::string_view name) const;
  /// `id`: the argument that is {id} in the path. Null: there is none of that name.
  Task<void> call(http::Exchange& exchange, const operation::Operation* tool,
                  std::string_view id) const;
  Task<std::optional<std::string>> read_arguments(http::Exchange& exchange) const;
  Task<void> list_tools(http::Exchange& exchange) const;
  Task<void> describe_api(http::Exchange& exchange) const;
  // The state that both health answers show.
  struct Condition {
    setup::Report report;
    bool is_ready = false;
    json::object body;
  };
  Task<Condition> condition(http::Exchange& exchange) const;
  Task<json::object> connections() const;
  Task<void> health(http::Exchange& exchange) const;
  Task<void> live(http::Exchange& exchange) const;
  Task<void> ready(http::Exchange& exchange) const;
};

// The body is freed once its arguments are parsed, because both may contain a letter with all its
// files.
json::value parse_arguments(std::string text, json::storage_ptr memory) {
  using Kind = schema::JsonFault::Kind;
  std::string body = std::move(text);
  schema::drop_slash_escapes(body);
  if (trim(body).empty()) return json::object(std::move(memory));
  schema::JsonRules body_rules;
  body_rules.depth = max_depth;
  body_rules.values = max_values;
  auto read = schema::read_json(body, body_rules, std::move(memory));
  if (const auto* fault = std::get_if<schema::JsonFault>(&read)) {
    const char* hint = "Send the tool's arguments as one JSON object in UTF-8.";
    switch (fault->kind) {
      case Kind::malformed:
        throw Error{Errc::invalid_argument, "The body is not valid JSON.", hint};
      case Kind::too_deep:
        throw Error{Errc::invalid_argument, "The body is JSON nested too deeply.", hint};
      case Kind::too_many_values:
        throw Error{Errc::too_large, "The body holds too many JSON values.",
                    "Send the tool's arguments only."};
      case Kind::repeated_name:
        throw Error{Errc::invalid_argument,
                    "The body names a member of an object twice: " + fault->name + ".",
                    "Give each argument once."};
    }
  }
  auto& value = std::get<json::value>(read);
  if (!value.is_object()) {
    throw Error{Errc::invalid_argument, "The body is not a JSON object.",
                "Send the tool's arguments as one JSON object."};
  }
  return std::move(value);
}

bool is_json(const http::Headers& headers) {
  const auto type = headers.get("content-type");
  return headers.count("content-type") == 1 &&
         equals_ignoring_case(trim(type.substr(0, type.find(';'))), "application/json");
}

// The address by which the caller reached us, for a command line that they can repeat.
std::string address_of(const http::RequestHead& head, const std::string& public_url) {
  const std::string host{head.headers.get("host")};
  const auto url = http::Url::parse((head.tls ? "https://" : "http://") + host);
  const auto known = http::Url::parse(public_url);
  // Behind a proxy the caller uses TLS, and we do not.
  const bool behind_tls = known && known->scheme == "https" && url && known->host == url->host;
  if (!url || behind_tls) return public_url;
  return url->origin();
}

// The body's text. nullopt: refused and already answered.
Task<std::optional<std::string>> Rest::read_arguments(http::Exchange& exchange) const {
  const auto& head = exchange.head();
  if (head.method != "GET" && !head.query.empty()) {
    throw Error{Errc::invalid_argument, "The arguments of this request belong into its body.",
                "Send them as one JSON object: what stands in an address is kept in logs."};
  }
  std::optional<std::string> body = co_await exchange.read_body(max_body);
  if (body->empty() || is_json(head.headers)) co_return body;
  // For any page, a browser sends other types to any address without asking first.
  Error error{Errc::unsupported, "The body is not sent as application/json.", "curl --json '{}' "};
  if (!head.headers.get("authorization").empty()) {
    error.hint += "-H \"Authorization: Bearer $GMAIL_MCP_SERVER_AUTH_TOKEN\" ";
  }
  if (head.method != "POST") error.hint += "-X " + head.method + " ";
  error.hint += address_of(head, public_url) + head.path;
  auto response = error_response(error);
  response.status = 415;
  co_await exchange.respond(std::move(response));
  co_return std::nullopt;
}

Task<void> keep_outcome(Task<operation::Outcome> running, operation::Outcome& outcome) {
  outcome = co_await std::move(running);
}

// Then what was asked for is still to come: 202 (RFC 9110 §15.3.3).
bool waits_for_approval(const operation::Operation& tool, operation::Outcome& outcome) {
  if (!tool.resume || !outcome.ok()) return false;
  const auto* status = outcome.made()->member<std::string>("status");
  return status != nullptr && *status == operation::send_status::held;
}

Task<void> Rest::call_tool(http::Exchange& exchange, std::string_view name) const {
  return call(exchange, catalog.tool(name), "account_id");
}

// The body holds the arguments; on some routes the path and the query hold some.
Task<void> Rest::call(http::Exchange& exchange, const operation::Operation* tool,
                      std::string_view id_name) const {
  const auto& head = exchange.head();
  auto caller = co_await caller_of(head, rules);
  exchange.belongs_to(caller.shareholder());
  if (tool == nullptr) {
    throw Error{Errc::not_found, "There is no tool of that name.",
                "GET /tools lists the tools you may use."};
  }
  check_scopes(rules.scopes, caller, tool->info);
  auto body = co_await read_arguments(exchange);
  if (!body) co_return;
  schema::JsonArena memory;
  auto parse = [&] { return parse_arguments(*std::move(body), memory.storage()); };
  std::optional<json::value> parsed;
  if (body->size() < worth_a_hop) {
    parsed.emplace(parse());  // nearly all: without a coroutine
  } else {
    auto long_one = co_await offload(services.work_pool, body->size(), parse);
    parsed.emplace(std::move(long_one));
  }
  auto& arguments = parsed->get_object();
  if (head.method == "GET") {
    const auto query = http::decode_query(head.query);
    if (!query) throw Error{Errc::invalid_argument, "The query cannot be read."};
    for (const auto& [key, value] : *query) arguments[key] = json::string(value);
  }
  if (const auto id = exchange.parameter("id"); !id.empty()) arguments[id_name] = id;

  operation::Origin origin;
  origin.surface = "rest";
  origin.request_id = operation::new_request_id();
  operation::Outcome outcome;
  auto running = operation::run(services, *tool, std::move(caller), std::move(origin), arguments);
  if (tool->info.effect == operation::Effect::sends) {
    // It matters whether the answer was delivered: an undelivered send is remembered.
    auto sending = keep_outcome(std::move(running), outcome);
    co_await exchange.until_disconnect(std::move(sending));
  } else {
    outcome = co_await std::move(running);
  }
  const bool is_held = waits_for_approval(*tool, outcome);
  const bool reachable = outcome.receipt.is_wanted() && !exchange.disconnected();
  auto response = co_await outcome_response(outcome, services.work_pool);
  if (is_held && response.status == 200) response.status = 202;
  co_await exchange.respond(std::move(response));
  if (reachable && exchange.delivered()) outcome.receipt.delivered();
}

Task<void> Rest::list_tools(http::Exchange& exchange) const {
  const auto caller = co_await caller_of(exchange.head(), rules);
  json::array tools;
  for (const auto& one : catalog.tools()) {
    if (!operation::is_offered(services, caller, one.info)) continue;
    json::object entry{{"name", one.info.name},
                       {"title", one.info.title},
                       {"description", one.info.description},
                       {"toolset", operation::to_string(one.info.toolset)},
                       {"input_schema", one.input_schema},
                       {"output_schema", one.output_schema}};
    tools.push_back(std::move(entry));
  }
  json::object body;
  body["tools"] = std::move(tools);
  co_await exchange.respond(json_response(200, body));
}

Task<void> Rest::describe_api(http::Exchange& exchange) const {
  co_await caller_of(exchange.head(), rules);
  auto response = http::json_response(200, openapi);
  co_await exchange.respond(std::move(response));
}

// Whether the credential allows seeing the numbers of all users; no caller is refused here.
Task<bool> may_see_numbers(const http::RequestHead& head, const DoorRules& rules) {
  try {
    const auto caller = co_await caller_of(head, rules);
    co_return !caller.only_user;
  } catch (const Error&) {
    co_return false;
  }
}

// By state, over both kinds: {"working": 3, "failing": 1}.
Task<json::object> Rest::connections() const {
  json::object states;
  const auto* house = services.house();
  if (house == nullptr) co_return states;
  // A database in trouble is what the health of the server is asked for.
  const auto failure = co_await caught(house->accounts.count());
  if (failure) co_return states;
  for (const auto& one : house->accounts.counted()) {
    auto& sum = states[one.state];
    sum = (sum.is_int64() ? sum.get_int64() : 0) + one.connections;
  }
  co_return states;
}

Task<Rest::Condition> Rest::condition(http::Exchange& exchange) const {
  Condition now;
  now.report = co_await services.setup.report();
  const bool closed = co_await is_closed(rules);
  now.is_ready = now.report.ready && !closed;
  now.body["status"] = closed ? "closed" : now.report.ready ? "ok" : "not_ready";
  if (closed) {
    now.body["problem"] =
        "Every call gets 401, from this machine, too: no credential is configured. Set "
        "GMAIL_MCP_SERVER_AUTH_TOKEN, give out a token with gmail-mcp tokens create, or listen on "
        "127.0.0.1 alone.";
  }
  bool may_count = now.report.database_connected;
  if (may_count) may_count = co_await may_see_numbers(exchange.head(), rules);
  if (may_count) now.body["connections"] = co_await connections();
  co_return now;
}

Task<void> Rest::health(http::Exchange& exchange) const {
  auto now = co_await condition(exchange);
  auto& body = now.body;
  body["version"] = version;
  body["ready"] = now.is_ready;
  body["database"] = now.report.database_connected ? "connected" : "not connected";
  body["oauth"] = now.report.oauth_ready ? "ready" : "not ready";
  body["app_password"] = now.report.app_password_ready ? "ready" : "not ready";
  const bool has_no_credential = accounts::is_closed_beyond_loopback(rules.callers);
  if (has_no_credential && rules.callers.is_loopback_only) {
    const bool has_tokens = co_await knows_tokens(rules);
    body["callers"] = has_tokens
                          ? "persons' tokens, and whoever calls on this machine: no credential of "
                            "an application is configured"
                          : "only callers on this machine are served: no credential is configured";
  }
  if (rules.callers.allow_unauthenticated) {
    body["warning"] = "anybody who reaches this port may act for every user";
  }
  co_await exchange.respond(json_response(200, body));
}

Task<void> Rest::live(http::Exchange& exchange) const {
  json::object body;
  body["status"] = "ok";
  co_await exchange.respond(json_response(200, body));
}

Task<void> Rest::ready(http::Exchange& exchange) const {
  auto now = co_await condition(exchange);
  now.body["oauth"] = now.report.oauth_ready;
  now.body["app_password"] = now.report.app_password_ready;
  co_await exchange.respond(json_response(now.is_ready ? 200 : 503, now.body));
}

}  // namespace

void add_rest_routes(http::Router& router, const operation::Catalog& catalog,
                     const operation::Services& services, const DoorRules& rules,
                     const std::string& public_url) {
  auto rest = std::make_shared<const Rest>(
      Rest{catalog, services, rules, openapi_document(catalog, public_url), public_url});
  const auto add = [&](const char* method, const char* path, auto member) {
    router.add(method, path,
               [rest, member](http::Exchange& exchange) { return ((*rest).*member)(exchange); });
  };
  router.add("POST", "/tools/{name}", [rest](http::Exchange& exchange) {
    return rest->call_tool(exchange, exchange.parameter("name"));
  });
  for (const auto& route : account_routes()) {
    router.add(route.method, route.path, [rest, tool = route.tool](http::Exchange& exchange) {
      return rest->call_tool(exchange, tool);
    });
  }
  for (const auto& route : token_routes()) {
    const auto* operation = &(operation::token_operations().*route.operation);
    router.add(route.method, route.path, [rest, operation](http::Exchange& exchange) {
      return rest->call(exchange, operation, "id");
    });
  }
  add("GET", "/tools", &Rest::list_tools);
  add("GET", "/openapi.json", &Rest::describe_api);
  add("GET", "/health", &Rest::health);
  add("GET", "/health/live", &Rest::live);
  add("GET", "/health/ready", &Rest::ready);
}

}  // namespace gmail_mcp::surface
