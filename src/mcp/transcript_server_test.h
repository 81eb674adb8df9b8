#pragma once

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>

#include "base/clock.h"
#include "base/text.h"
#include "mcp/memory_exchange_test.h"
#include "mcp/memory_offer_test.h"
#include "mcp/sse_legacy.h"
#include "mcp/stdio.h"
#include "mcp/streamable_http.h"

namespace gmail_mcp::mcp::test {

/// The server of a transcript, over memory exchanges or a pair of pipes. It runs on the test's
/// thread: after each step until it has nothing more to do.
class TranscriptServer {
 public:
  Limits limits;
  Families families;
  ChangingLists changing;
  ManualClock clock;
  MemoryOffer offer;

  void start(bool stdio) {
    ServerInfo info{{"memory", "1.0", "Memory"}, "Be brief.", families, changing};
    core_ = std::make_unique<Core>(offer, std::move(info), limits, clock, *log_);
    const auto executor = loop_.get_executor();
    tasks_ = std::make_unique<TaskGroup>(executor);
    if (stdio) {
      start_stdio();
    } else {
      const HttpOptions options;
      http_ = std::make_unique<StreamableHttp>(*core_, authenticate, options, clock, *log_);
      sse_ = std::make_unique<SseLegacy>(*core_, authenticate, options, clock, *log_);
    }
  }

  ~TranscriptServer() {
    if (!core_) return;
    for (auto& [label, exchange] : exchanges) exchange->hang_up();
    offer.release();
    close_input();
    settle();
    tasks_->cancel();
    settle();
    if (stdio_ && keeps_messages())
      keep_messages({{"stdio", true}, {"asked", asked_}, {"answer", said_}});
    if (to_server_ >= 0) ::close(to_server_);
    if (from_server_ >= 0) ::close(from_server_);
  }

  bool started() const { return core_ != nullptr; }
  EventBus& bus() { return core_->bus(); }
  std::size_t sessions() const { return http_->sessions() + sse_->sessions(); }

  void settle() {
    do {
      loop_.restart();
    } while (loop_.poll() > 0);
    drain_output();
  }

  // HTTP
  std::map<std::string, std::unique_ptr<MemoryExchange>> exchanges;  // by label, the latest

  void request(const std::string& label, http::RequestHead head, std::string body) {
    auto& old = exchanges[label];
    if (old) {
      old->hang_up();
      settle();
      finished_.push_back(std::move(old));
    }
    old = std::make_unique<MemoryExchange>(std::move(head), std::move(body));
    const bool sse = old->head().path == "/mcp/sse";
    tasks_->spawn(sse ? sse_->handle(*old) : http_->handle(*old));
    settle();
  }

  void stop() {
    tasks_->spawn(http_->stop());
    settle();
  }

  // stdio
  std::string output;  // not compared yet
  bool returned = false;

  void write(std::string bytes) {
    bytes += '\n';
    if (is_valid_utf8(bytes)) asked_ += bytes;
    for (std::string_view rest = bytes; !rest.empty();) {
      const auto count = ::write(to_server_, rest.data(), rest.size());
      if (count > 0) rest.remove_prefix(static_cast<std::size_t>(count));
      settle();
    }
  }

  void close_input() {
    if (to_server_ < 0) return;
    ::close(to_server_);
    to_server_ = -1;
    settle();
  }

 private:
  void start_stdio() {
    int in[2];
    int out[2];
    if (::pipe(in) != 0 || ::pipe(out) != 0) throw std::runtime_error{"no pipes"};
    to_server_ = in[1];
    from_server_ = out[0];
    server_in_ = in[0];
    server_out_ = out[1];
    ::fcntl(to_server_, F_SETFL, O_NONBLOCK);
    ::fcntl(from_server_, F_SETFL, O_NONBLOCK);
    auto principal = std::make_shared<const NamedPrincipal>("local");
    stdio_ = std::make_unique<Stdio>(*core_, principal, server_in_, server_out_, clock, *log_);
    tasks_->spawn(serve_stdio());
    settle();
  }

  Task<void> serve_stdio() {
    co_await stdio_->run();
    ::close(server_in_);
    ::close(server_out_);
    returned = true;
  }

  void drain_output() {
    char buffer[4096];
    while (from_server_ >= 0) {
      const auto count = ::read(from_server_, buffer, sizeof buffer);
      if (count <= 0) break;
      output.append(buffer, static_cast<std::size_t>(count));
      said_.append(buffer, static_cast<std::size_t>(count));
    }
  }

  std::unique_ptr<Log> log_ = Log::silent();
  boost::asio::io_context loop_;
  std::unique_ptr<Core> core_;
  std::unique_ptr<StreamableHttp> http_;
  std::unique_ptr<SseLegacy> sse_;
  std::unique_ptr<Stdio> stdio_;
  std::vector<std::unique_ptr<MemoryExchange>> finished_;
  std::unique_ptr<TaskGroup> tasks_;
  std::string asked_;  // the whole conversation
  std::string said_;
  int to_server_ = -1;
  int from_server_ = -1;
  int server_in_ = -1;
  int server_out_ = -1;
};

}  // namespace gmail_mcp::mcp::test
