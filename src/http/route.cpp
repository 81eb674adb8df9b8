#include "http/route.h"

#include <algorithm>

#include "base/error.h"
#include "http/url.h"

namespace gmail_mcp::http {

namespace {

// Of one shape. Preparing a line costs a third of a request, keeping one some 8 kB.
constexpr std::size_t kept_lines = 64;
// Strangers may name servers (ClientOptions::public_addresses_only), so not all are remembered.
constexpr std::size_t kept_routes = 8;

}  // namespace

Route::Route(transfer::Engine& engine, std::string origin, LineRules rules,
             std::size_t most_connections)
    : engine_{engine},
      origin_{std::move(origin)},
      server_{curl_url()},
      rules_{std::move(rules)},
      streams_{rules_.http2, most_connections} {
  if (server_ == nullptr ||
      curl_url_set(server_.get(), CURLUPART_URL, origin_.c_str(), 0) != CURLUE_OK) {
    throw Error{Errc::internal, "Outgoing connections could not be set up."};
  }
  rules_.server = server_.get();
}

bool Route::leads_to(std::string_view url) const {
  return url.starts_with(origin_) && is_plain_target(url.substr(origin_.size()));
}

std::unique_ptr<Line> Route::line(Shape shape) {
  if (shape != Shape::other) {
    auto& kept = kept_[static_cast<std::size_t>(shape)];
    if (!kept.empty()) {
      auto line = std::move(kept.back());
      kept.pop_back();
      return line;
    }
  }
  return std::make_unique<Line>(engine_, rules_, shape);
}

void Route::give_back(std::unique_ptr<Line> line) {
  if (!line->unload()) return;
  auto& kept = kept_[static_cast<std::size_t>(line->shape())];
  if (kept.size() < kept_lines) kept.push_back(std::move(line));
}

Routes::~Routes() {
  for (const auto& route : routes_) route->streams().close();
}

std::shared_ptr<Route> Routes::find(const std::function<bool(const Route&)>& is_it) {
  const auto found = std::find_if(routes_.begin(), routes_.end(),
                                  [&](const auto& route) { return is_it(*route); });
  if (found == routes_.end()) return nullptr;
  std::rotate(routes_.begin(), found, found + 1);
  return routes_.front();
}

std::shared_ptr<Route> Routes::of(std::string& url) {
  auto known = find([&](const Route& route) { return route.leads_to(url); });
  if (known != nullptr) return known;
  const auto parsed = Url::parse(url);
  const Url& to = parsed.value();
  const bool loopback = to.is_loopback();
  if (to.scheme != "https" && !loopback) {
    throw Error{Errc::misconfigured, "Plain http is spoken to this machine only.",
                "Use an https address."};
  }
  const auto origin = to.origin();
  url = origin + to.path;
  if (!to.query.empty()) url.append("?").append(to.query);
  known = find([&](const Route& route) { return route.origin() == origin; });
  if (known != nullptr) return known;

  LineRules rules;
  rules.transfer.protocols = loopback ? "http,https" : "https";
  rules.transfer.ca_file = options_.ca_file;
  if (!loopback) rules.transfer.proxy = options_.proxy;
  rules.user_agent = options_.user_agent;
  rules.http2 = options_.http2 && to.scheme == "https";
  if (routes_.size() >= kept_routes) {
    const auto unused = std::find_if(routes_.rbegin(), routes_.rend(),
                                     [](const auto& route) { return route.use_count() == 1; });
    if (unused != routes_.rend()) routes_.erase(std::next(unused).base());
  }
  auto route =
      std::make_shared<Route>(engine_, origin, std::move(rules), options_.connections_per_host);
  routes_.insert(routes_.begin(), route);
  return route;
}

}  // namespace gmail_mcp::http
