#pragma once

#include <boost/beast/http/basic_parser.hpp>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "http/server.h"

namespace gmail_mcp::http {

/// One request, read from bytes as they come: Beast's grammar, and on top of it the rules that make
/// us and a proxy in front of us agree on where a request ends (RFC 9112 §6, §11.2). Pure. Private
/// to this folder.
class RequestParser final : private boost::beast::http::basic_parser<true> {
 public:
  /// Why a request is refused. The connection cannot be used after that.
  struct Refusal {
    int status = 400;
    Error error;
  };

  explicit RequestParser(std::size_t header_bytes);

  /// Takes what it can from the front of `bytes`, body included, and returns how much that was. The
  /// rest belongs to the next request, or is offered again together with more.
  std::size_t feed(std::string_view bytes);

  bool head_is_complete() const { return head_complete_; }
  bool is_complete() const { return complete_; }
  /// Null: it is not refused.
  const Refusal* refusal() const { return refusal_.get(); }

  // The following only when the head is complete.
  RequestHead& head() { return head_; }
  std::string& body() { return body_; }
  bool is_http_1_0() const { return version_ < 11; }
  bool wants_keep_alive() const { return keep_alive(); }
  bool expects_continue() const { return expects_continue_; }
  bool is_chunked() const { return chunked(); }
  /// How many bytes the client says are still to come; nullopt for a chunked body.
  std::optional<std::uint64_t> announced_rest() const;
  std::optional<std::uint64_t> announced_length() const;

  /// More body than this is refused with 413; what has arrived already counts.
  void limit_body(std::size_t bytes) { body_limit_ = bytes; }
  /// The rest of the body is read and dropped, but at most `limit` bytes of it.
  void drop_body(std::size_t limit);

 private:
  using Code = boost::beast::error_code;
  using View = boost::beast::string_view;

  void on_request_impl(boost::beast::http::verb, View method, View target, int version,
                       Code& failed) override;
  void on_response_impl(int, View, int, Code&) override {}
  void on_field_impl(boost::beast::http::field known, View name, View value, Code& failed) override;
  void on_header_impl(Code& failed) override;
  void on_body_init_impl(const boost::optional<std::uint64_t>&, Code&) override {}
  std::size_t on_body_impl(View piece, Code& failed) override;
  void on_chunk_header_impl(std::uint64_t, View, Code&) override { chunk_seen_ = true; }
  std::size_t on_chunk_body_impl(std::uint64_t, View piece, Code& failed) override;
  void on_finish_impl(Code&) override { complete_ = true; }

  void take_target(std::string_view target, Code& failed);
  void take_body(View piece, Code& failed);
  void refuse(int status, Errc code, std::string message);
  void refuse(const Code& failed, std::string_view bytes);

  std::size_t header_limit_bytes_;
  std::size_t header_seen_ = 0;
  std::size_t body_limit_ = std::numeric_limits<std::size_t>::max();
  int version_ = 11;
  bool head_complete_ = false;
  bool complete_ = false;
  bool expects_continue_ = false;
  bool drops_body_ = false;
  bool host_in_target_ = false;
  bool chunk_seen_ = false;
  int ignored_ = 0;  // bytes of empty lines before the request
  int hosts_ = 0;
  int lengths_ = 0;
  RequestHead head_;
  std::string body_;
  std::unique_ptr<Refusal> refusal_;  // rare, and as large as all the rest
};

}  // namespace gmail_mcp::http
