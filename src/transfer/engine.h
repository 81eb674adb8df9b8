#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/task.h"
#include "transfer/libcurl.h"

namespace gmail_mcp::transfer {

struct EngineOptions {
  std::size_t connections_per_host = 64;
  /// Connects to no address but public ones (net/address.h), whatever a name leads to. Judged is
  /// the address that is connected to, so that another answer of the DNS in between changes
  /// nothing.
  bool public_addresses_only = false;
};

/// The rules that every transfer of ours follows.
struct Rules {
  std::string protocols;  // as CURLOPT_PROTOCOLS_STR: "https"
  std::string proxy;      // "": none, whatever the environment says
  std::string ca_file;    // PEM bundle instead of the system's; "": the system's
};

/// libcurl's connections, multiplexing and timers on one loop: the one outbound engine. It knows no
/// protocol; the code that prepares a handle does. A resource; on its loop's thread. libcurl itself
/// is started at the first use.
class Engine {
 public:
  explicit Engine(boost::asio::io_context& loop, EngineOptions options = {});
  /// Breaks off the transfers that still run; they end with CURLE_ABORTED_BY_CALLBACK.
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  struct State;
  struct GiveBack {
    std::shared_ptr<State> state;
    void operator()(CURL* easy) const;
  };
  using Handle = std::unique_ptr<CURL, GiveBack>;

  /// A clean handle that already follows `rules`: certificates verified, no signals, no redirects,
  /// no netrc, no cookies, nothing from the environment.
  Handle handle(const Rules& rules);

  /// Carries out what `easy` describes. Meanwhile callbacks of `easy` are called on this thread;
  /// they must not resume coroutines. Uses CURLOPT_PRIVATE. Cancelling breaks the transfer off.
  Task<CURLcode> perform(CURL* easy);

  /// To be called now and then. If nothing was transferred since the last time and more connections
  /// are open than a quiet hour needs, they are closed: each holds some 100 KB of buffers and keys
  /// when it speaks TLS, and libcurl by itself closes none before another transfer begins.
  void rest();

 private:
  std::shared_ptr<State> state_;
};

}  // namespace gmail_mcp::transfer
