#pragma once

#include <chrono>
#include <cstddef>
#include <memory>

namespace gmail_mcp::net::testing {

/// A way to a port of this machine that is as long, as slow or as broken as a test needs. Runs on a
/// thread of its own. All functions are thread-safe.
class DelayingProxy {
 public:
  /// Every byte arrives `each_way` later, in both directions.
  explicit DelayingProxy(int to_port, std::chrono::milliseconds each_way = {});
  ~DelayingProxy();
  DelayingProxy(const DelayingProxy&) = delete;
  DelayingProxy& operator=(const DelayingProxy&) = delete;

  int port() const;

  /// From now on connections are accepted and stay open, but nothing passes any more.
  void hold();
  /// What was held back passes now.
  void release();
  /// Ends all connections that there are.
  void cut();
  /// How many connections were made so far.
  std::size_t connections() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::net::testing
