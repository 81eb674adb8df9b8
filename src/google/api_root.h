#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <utility>

namespace gmail_mcp::google {

/// A server that speaks the Gmail API, and what this process has learnt about it. One object for
/// all mailboxes and threads.
class ApiRoot {
 public:
  explicit ApiRoot(std::string url) : url_{std::move(url)} {
    while (url_.ends_with('/')) url_.pop_back();
  }

  const std::string& url() const { return url_; }  // without a trailing slash

  /// Emulators and some proxies have no /batch; then the parts are requested one by one.
  bool has_batch() const { return has_batch_.load(std::memory_order_relaxed); }
  void remember_no_batch() { has_batch_.store(false, std::memory_order_relaxed); }

  using Moment = std::chrono::steady_clock::time_point;

  /// No mailbox sends a request before this time: the limit of the project that they share is
  /// reached.
  Moment paused_until() const { return paused_until_.load(std::memory_order_relaxed); }
  void pause_until(Moment then) { paused_until_.store(then, std::memory_order_relaxed); }

 private:
  std::string url_;
  std::atomic<bool> has_batch_ = true;
  std::atomic<Moment> paused_until_ = Moment::min();
};

}  // namespace gmail_mcp::google
