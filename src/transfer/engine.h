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
  ~Engine();
  Engine(const Engine&) = delete;
  Engine& operator=(const Engine&) = delete;

  /// Breaks off the transfers that still run; they end with CURLE_ABORTED_BY_CALLBACK, as do later
  /// ones. The destructor does it, too.
  void stop();

  struct State;
  struct Discard {
    void operator()(CURL* easy) const;
  };
  using Handle = std::unique_ptr<CURL, Discard>;

  /// A new handle that already follows `rules`: certificates verified, no signals, no redirects, no
  /// netrc, no cookies, nothing from the environment. It may be used for one transfer after the
  /// other, which is much cheaper than a new one, and may outlive the engine.
  Handle handle(const Rules& rules);

  /// The most transfers that share a connection, whatever its server allows; for those that begin
  /// from now on.
  void share_connections_by(std::size_t most);

  /// Carries out what `easy` describes, from here on. Meanwhile, and already in the constructor,
  /// callbacks of `easy` are called on this thread; they must neither resume coroutines nor begin
  /// or break off transfers. Uses CURLOPT_PRIVATE. Destroying it breaks the transfer off.
  class Transfer {
   public:
    /// Borrows the handle. Throws internal.
    Transfer(Engine& engine, CURL* easy);
    ~Transfer();
    Transfer(const Transfer&) = delete;
    Transfer& operator=(const Transfer&) = delete;

    /// Waits for its end. Cancellable.
    Task<void> end() { return ended_.wait(); }
    /// Once it has ended.
    CURLcode outcome() const { return outcome_; }

   private:
    friend struct State;

    std::shared_ptr<State> state_;
    Event ended_;
    CURL* easy_;
    CURLcode outcome_ = CURLE_ABORTED_BY_CALLBACK;
  };

  /// To be called now and then. If nothing was transferred since the last time and more connections
  /// are open than a quiet hour needs, they are closed: each holds some 100 KB of buffers and keys
  /// when it speaks TLS, and libcurl by itself closes none before another transfer begins.
  void rest();

 private:
  std::shared_ptr<State> state_;
};

}  // namespace gmail_mcp::transfer
