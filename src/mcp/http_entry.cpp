#include "mcp/http_entry.h"

#include <utility>

#include "base/offload.h"
#include "mcp/http_reply.h"
#include "schema/json_text.h"

namespace gmail_mcp::mcp {

namespace {

struct OnlyPrincipal final : Principal {
  explicit OnlyPrincipal(std::string identity) : name{std::move(identity)} {}
  std::string identity() const override { return name; }
  std::string name;
};

}  // namespace

Authenticate one_caller(std::string identity) {
  const PrincipalPtr principal = std::make_shared<const OnlyPrincipal>(std::move(identity));
  return [principal](const http::RequestHead&) -> Task<PrincipalPtr> { co_return principal; };
}

Failure invalid_request(std::string sentence) {
  return {RpcCode::invalid_request, std::move(sentence)};
}

Task<PrincipalPtr> HttpEntry::admit(http::Exchange& exchange) {
  auto entrant = co_await look_at(exchange);
  if (entrant.unknown_now) co_await answer_error(exchange, *entrant.unknown_now);
  co_return std::move(entrant.principal);
}

Task<Entrant> HttpEntry::look_at(http::Exchange& exchange) {
  const auto& head = exchange.head();
  Entrant entrant;
  std::optional<Error> refused;
  refused = options_.may_ask(head);
  if (!refused && head.method == "OPTIONS") {
    auto response = preflight_answer(head);
    co_await exchange.respond(std::move(response));
    co_return entrant;
  }
  if (!refused) {
    try {
      entrant.principal = co_await authenticate_(head);
      if (entrant.principal) exchange.belongs_to(entrant.principal->shareholder());
    } catch (const Error& error) {
      refused = error;
    }
  }
  if (refused && http::http_status(refused->code) >= 500) {
    entrant.unknown_now = std::move(refused);
  } else if (refused) {
    co_await answer_error(exchange, *refused);
  }
  co_return entrant;
}

Task<std::optional<json::value>> HttpEntry::read_json(http::Exchange& exchange,
                                                      const Limits& limits,
                                                      json::storage_ptr storage) {
  std::optional<json::value> read;
  std::string body;
  std::optional<Error> refused;
  try {
    body = co_await exchange.read_body(limits.body_bytes);
  } catch (const Error& error) {
    refused = error;
  }
  if (refused) {
    co_await answer_error(exchange, *refused);
    co_return read;
  }
  if (!is_json(exchange.head().headers)) {
    co_await refuse(exchange, 415, invalid_request("The Content-Type must be application/json."));
    co_return read;
  }
  const JsonLimits json_limits{limits.json_depth, limits.json_values};
  auto parse = [&] {
    schema::drop_slash_escapes(body);
    return parse_json(body, json_limits, storage);
  };
  std::optional<Judged<json::value>> parsed;
  if (body.size() < worth_a_hop) {
    parsed = parse();  // nearly all: without a coroutine
  } else {
    parsed = co_await offload(options_.work_pool, body.size(), parse);
  }
  if (auto* failure = std::get_if<Failure>(&*parsed)) {
    co_await refuse(exchange, 400, std::move(*failure));
    co_return read;
  }
  read.emplace(std::move(std::get<json::value>(*parsed)));
  co_return read;
}

Task<void> HttpEntry::answer_error(http::Exchange& exchange, const Error& error) {
  auto response = options_.error_answer(error, exchange.head());
  // A page of a foreign origin may not even read the reason.
  if (!options_.may_ask(exchange.head())) {
    for (const auto& [name, value] : cors_headers(exchange.head())) {
      response.headers.add(name, value);
    }
  }
  co_await exchange.respond(std::move(response));
}

Task<void> HttpEntry::refuse(http::Exchange& exchange, int status, Failure failure,
                             std::string id) {
  auto response =
      http::json_response(status, error_text(id, failure), cors_headers(exchange.head()));
  co_await exchange.respond(std::move(response));
}

Task<void> HttpEntry::refuse_method(http::Exchange& exchange, std::string_view allowed) {
  std::string sentence{"The methods of this path: " + std::string{allowed} + "."};
  auto response = http::json_response(405, error_text({}, invalid_request(std::move(sentence))),
                                      cors_headers(exchange.head()));
  response.headers.add("Allow", std::string{allowed});
  co_await exchange.respond(std::move(response));
}

}  // namespace gmail_mcp::mcp
