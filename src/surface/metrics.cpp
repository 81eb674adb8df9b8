#include "surface/metrics.h"

#include "operation/accounts.h"

namespace gmail_mcp::surface {

namespace {

// The meter can only read numbers that are in memory, so those of the database are fetched first.
// If it does not answer, the others are shown all the same.
Task<void> count_connections(const operation::Services& services) {
  try {
    if (const auto* house = services.house()) co_await house->accounts.count();
  } catch (const Error& error) {
    services.log.warning("connections_not_counted", {{"problem", error.message}});
  }
}

}  // namespace

void add_metrics_route(http::Router& router, const Meter& meter,
                       const operation::Services& services, const DoorRules& rules) {
  http::Handler handler = [&meter, &services, &rules](http::Exchange& exchange) -> Task<void> {
    const auto caller = co_await caller_of(exchange.head(), rules);
    if (caller.only_user) {
      throw Error{Errc::forbidden, "The metrics are about all users.",
                  "Ask for them with the application's or the operator's token, and without "
                  "X-Gmail-MCP-User."};
    }
    co_await count_connections(services);
    http::Response response;
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = meter.text();
    co_await exchange.respond(std::move(response));
  };
  router.add("GET", "/metrics", std::move(handler));
}

}  // namespace gmail_mcp::surface
