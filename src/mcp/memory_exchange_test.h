#pragma once

#include <boost/asio/this_coro.hpp>
#include <string>
#include <utility>

#include "base/side_task.h"
#include "base/text.h"
#include "http/server.h"
#include "mcp/kept_messages_test.h"
#include "mcp/wakeup.h"

namespace gmail_mcp::mcp::test {

/// An HTTP exchange without a network: the test plays the client.
class MemoryExchange final : public http::Exchange, public http::ResponseStream {
 public:
  MemoryExchange(http::RequestHead head, std::string body)
      : head_{std::move(head)}, body_{std::move(body)} {}
  ~MemoryExchange() override {
    if (!keeps_messages()) return;
    keep_messages({{"version", head_.headers.get("MCP-Protocol-Version")},
                   {"session", head_.headers.get("Mcp-Session-Id")},
                   {"query", head_.query},
                   {"asked", is_valid_utf8(body_) ? body_ : std::string{}},
                   {"type", headers.get("Content-Type")},
                   {"opened", headers.get("Mcp-Session-Id")},
                   {"answer", sent_}});
  }
  MemoryExchange(const MemoryExchange&) = delete;
  MemoryExchange& operator=(const MemoryExchange&) = delete;

  // What the client sees.
  int status = 0;  // 0: no answer yet
  http::Headers headers;
  std::string received;
  bool ended = false;
  bool body_was_read = false;
  std::string whose;

  /// From now on writes wait, because the client does not read.
  void stop_reading() { reads_ = false; }
  void read_on() {
    reads_ = true;
    if (writer_) writer_->notify();
  }

  void hang_up() {
    gone_ = true;
    if (running_) running_->cancel();
  }

  // http::Exchange
  const http::RequestHead& head() const override { return head_; }
  std::string_view parameter(std::string_view) const override { return {}; }

  void belongs_to(std::string caller) override { whose = std::move(caller); }

  Task<std::string> read_body(std::size_t limit) override {
    body_was_read = true;
    if (body_.size() > limit) throw Error{Errc::too_large, "The body is too large."};
    co_return body_;
  }

  Task<void> respond(http::Response response) override {
    check_connected();
    status = response.status;
    headers = response.headers;
    received = std::move(response.body);
    if (keeps_messages()) sent_ = received;
    ended = true;
    co_return;
  }

  Task<http::ResponseStream*> stream(http::Response response) override {
    check_connected();
    status = response.status;
    headers = response.headers;
    co_return this;
  }

  Task<void> until_disconnect(Task<void> task) override {
    const auto executor = co_await current_executor();
    SideTask side{executor};
    running_ = &side;
    side.start(std::move(task));
    if (gone_) side.cancel();
    try {
      co_await side.over_within(std::chrono::hours{1});
    } catch (const std::exception&) {
      side.cancel();
    }
    co_await side.join();
    running_ = nullptr;
    check_connected();
    side.rethrow();
  }

  Task<void> abort(std::string raw) override {
    received = std::move(raw);
    ended = true;
    co_return;
  }

  bool disconnected() override { return gone_; }
  bool delivered() override { return !gone_; }

  // http::ResponseStream
  Task<void> write(std::string bytes) override {
    const auto executor = co_await current_executor();
    Wakeup writer{executor};
    writer_ = &writer;
    while (!reads_ && !gone_) co_await writer.wait();
    writer_ = nullptr;
    check_connected();
    received += bytes;
    if (keeps_messages()) sent_ += bytes;
    co_return;
  }
  Task<void> finish() override {
    ended = true;
    co_return;
  }
  bool is_open() const override { return !ended && !gone_; }

 private:
  void check_connected() const {
    if (gone_) throw Error{Errc::unavailable, "The client is gone."};
  }

  http::RequestHead head_;
  std::string body_;
  std::string sent_;  // all that was received, which tests take from
  SideTask* running_ = nullptr;
  Wakeup* writer_ = nullptr;
  bool reads_ = true;
  bool gone_ = false;
};

}  // namespace gmail_mcp::mcp::test
