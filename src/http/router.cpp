#include <algorithm>

#include "base/text.h"
#include "http/server.h"

namespace gmail_mcp::http {

namespace {

bool is_parameter(std::string_view segment) {
  return segment.size() > 2 && segment.front() == '{' && segment.back() == '}';
}

// How well a route's method fits the request's; 0: not at all. HEAD is GET without a body.
int method_rank(std::string_view route, std::string_view request) {
  if (route == request) return 3;
  if (request == "HEAD" && route == "GET") return 2;
  return route == "*" ? 1 : 0;
}

using Parameters = std::vector<std::pair<std::string, std::string>>;

// `path` against `segments`, both beginning behind the first '/'.
bool fits(const std::vector<std::string>& segments, std::string_view path, Parameters& found) {
  found.clear();
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const auto end = path.find('/');
    const bool last = i + 1 == segments.size();
    if (last != (end == std::string_view::npos)) return false;
    const auto piece = path.substr(0, end);
    const std::string& segment = segments[i];
    if (is_parameter(segment)) {
      auto value = percent_decode(piece);
      if (!value || value->empty()) return false;
      found.emplace_back(segment.substr(1, segment.size() - 2), std::move(*value));
    } else if (segment != piece) {
      return false;
    }
    if (!last) path.remove_prefix(end + 1);
  }
  return true;
}

// At the first segment where one is literal and the other a `{name}`, the literal one is more
// specific.
bool more_specific(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i) {
    if (is_parameter(a[i]) != is_parameter(b[i])) return is_parameter(b[i]);
  }
  return false;
}

void allow(std::string& list, std::string_view method) {
  if (!list.empty()) list += ", ";
  list += method;
  if (method == "GET") list += ", HEAD";
}

}  // namespace

void Router::add(std::string method, std::string pattern, Handler handler) {
  auto segments = split(std::string_view{pattern}.substr(1), '/');
  const bool has_parameters = std::any_of(segments.begin(), segments.end(), is_parameter);
  if (!has_parameters) literal_[pattern].push_back(routes_.size());
  routes_.push_back({std::move(method), std::move(segments), has_parameters, std::move(handler)});
}

Router::Match Router::match(std::string_view method, std::string_view path) const {
  Match match;
  if (path.empty() || path.front() != '/') return match;
  int best = 0;
  if (const auto found = literal_.find(path); found != literal_.end()) {
    for (const auto index : found->second) {
      const Route& route = routes_[index];
      const int rank = method_rank(route.method, method);
      if (rank > best) {
        best = rank;
        match.handler = &route.handler;
      }
      if (rank == 0) allow(match.allow, route.method);
    }
  }
  if (best == 0) {
    const Route* chosen = nullptr;
    Parameters parameters;
    for (const Route& route : routes_) {
      if (!route.has_parameters || !fits(route.segments, path.substr(1), parameters)) continue;
      const int rank = method_rank(route.method, method);
      if (rank == 0) {
        allow(match.allow, route.method);
        continue;
      }
      const bool narrower = chosen != nullptr && more_specific(route.segments, chosen->segments);
      const bool wider = chosen != nullptr && more_specific(chosen->segments, route.segments);
      if (chosen == nullptr || narrower || (!wider && rank > best)) {
        chosen = &route;
        best = rank;
        match.handler = &route.handler;
        match.parameters = std::move(parameters);
      }
    }
  }
  if (match.handler != nullptr) {
    match.status = 200;
    match.allow.clear();
  } else if (!match.allow.empty()) {
    match.status = 405;
  }
  return match;
}

}  // namespace gmail_mcp::http
