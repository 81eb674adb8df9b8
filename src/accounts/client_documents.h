#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "accounts/client_app.h"
#include "base/clock.h"
#include "base/task.h"
#include "http/client.h"

namespace gmail_mcp::accounts {

/// Clients that publish their metadata, whose client_id is the https address of it (OAuth Client ID
/// Metadata Document). Whoever opens our page names the address, so: https, no redirects, 5 s,
/// 64 KiB, JSON, and a client that connects to public addresses only
/// (http::ClientOptions::public_addresses_only). Answers are kept for an hour, failures for a
/// minute; while a site does not answer, what it said last holds for a day. One loop.
class ClientDocuments {
 public:
  ClientDocuments(http::Client& http, const Clock& clock) : http_{http}, clock_{clock} {}

  /// Whether it is such an address.
  static bool is_address(std::string_view client_id);

  /// Whether the answer is at hand, so that nothing would be asked.
  bool knows(const std::string& client_id) const;

  /// Throws invalid_argument, with what is wrong with the document or why it cannot be read;
  /// rate_limited while too many are being read, of all or for this network of who asks.
  Task<ClientApp> fetch(std::string client_id, std::string network);

 private:
  struct Kept {
    std::optional<ClientApp> app;  // none: `trouble`
    std::string trouble;
    std::chrono::steady_clock::time_point until;  // then it is asked for again
    std::chrono::steady_clock::time_point read_at;
  };
  /// Errors: unavailable when nothing was said, invalid_argument for what is wrong.
  Task<Result<ClientApp>> read(std::string client_id);
  std::optional<Kept> said_last(const std::string& client_id) const;
  void make_place();

  http::Client& http_;
  const Clock& clock_;
  std::unordered_map<std::string, Kept> kept_;
  std::size_t under_way_ = 0;
  std::unordered_map<std::string, std::size_t> under_way_of_;  // by the network
};

}  // namespace gmail_mcp::accounts
