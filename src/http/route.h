#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/client.h"
#include "http/line.h"
#include "http/streams.h"
#include "transfer/engine.h"

namespace gmail_mcp::http {

/// The way to one server, with the lines that are kept for its next requests. One thread.
class Route {
 public:
  /// `origin` as Url::origin() writes it; borrows the engine.
  Route(transfer::Engine& engine, std::string origin, LineRules rules,
        std::size_t most_connections);
  Route(const Route&) = delete;
  Route& operator=(const Route&) = delete;

  const std::string& origin() const { return origin_; }
  /// Whether the URL leads here and needs no further look: what follows the origin is its target.
  bool leads_to(std::string_view url) const;

  Streams& streams() { return streams_; }

  std::unique_ptr<Line> line(Shape shape);
  /// Keeps the line for another request, unless there are enough. Only of a transfer that went
  /// well.
  void give_back(std::unique_ptr<Line> line);

 private:
  struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
  };
  using Kept = std::vector<std::unique_ptr<Line>>;

  transfer::Engine& engine_;
  std::string origin_;
  std::unique_ptr<CURLU, FreeUrl> server_;
  LineRules rules_;
  Streams streams_;
  std::array<Kept, static_cast<std::size_t>(Shape::other)> kept_;
};

/// The routes that were used last, and those in use. One thread.
class Routes {
 public:
  /// Borrows both.
  Routes(transfer::Engine& engine, const ClientOptions& options)
      : engine_{engine}, options_{options} {}
  /// Ends the waiting of requests on their way.
  ~Routes();
  Routes(const Routes&) = delete;
  Routes& operator=(const Routes&) = delete;

  /// The route of an URL, which is rewritten where libcurl shall read it differently: after the
  /// origin comes its target. Throws invalid_argument for what is no http(s) URL, misconfigured for
  /// plain http to another machine.
  std::shared_ptr<Route> of(std::string& url);

 private:
  std::shared_ptr<Route> find(const std::function<bool(const Route&)>& is_it);

  transfer::Engine& engine_;
  const ClientOptions& options_;
  std::vector<std::shared_ptr<Route>> routes_;  // last used first
};

}  // namespace gmail_mcp::http
