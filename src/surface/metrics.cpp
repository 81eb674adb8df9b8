#include "surface/metrics.h"

namespace gmail_mcp::surface {

void add_metrics_route(http::Router& router, const Meter& meter, const DoorRules& rules) {
  http::Handler handler = [&meter, &rules](http::Exchange& exchange) -> Task<void> {
    check_host_and_origin(exchange.head(), rules);
    const auto caller = caller_of(exchange.head(), rules);
    if (caller.only_user) {
      throw Error{Errc::forbidden, "The metrics are about all users.",
                  "Ask for them with the application's or the operator's token, and without "
                  "X-Gmail-MCP-User."};
    }
    http::Response response;
    response.headers.add("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
    response.body = meter.text();
    return exchange.respond(std::move(response));
  };
  router.add("GET", "/metrics", std::move(handler));
}

}  // namespace gmail_mcp::surface
