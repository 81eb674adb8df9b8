#pragma once

#include <curl/curl.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/fair_share.h"
#include "http/client.h"
#include "http/streams.h"
#include "transfer/engine.h"

namespace gmail_mcp::http {

/// What libcurl must know about a request apart from its target, fields and body. A handle is
/// prepared for one shape.
enum class Shape {
  get,        // GET without a body
  post,       // POST; libcurl may read the body again
  post_once,  // POST with a body that is read once
  other,      // HEAD, PUT, PATCH, DELETE, GET with a body: rare, so their handles are not kept
};

Shape shape_of(const ClientRequest& request, bool once);

/// What all requests to one server have in common, for libcurl.
struct LineRules {
  transfer::Rules transfer;
  std::string user_agent;
  CURLU* server = nullptr;  // borrowed: must outlive the lines
  bool http2 = false;
};

/// One request while libcurl works on it, with a handle that is prepared for it: libcurl points to
/// this object, so it has one address for life. Used for one request after the other. One thread.
class Line {
 public:
  Line(transfer::Engine& engine, const LineRules& rules, Shape shape);
  Line(const Line&) = delete;
  Line& operator=(const Line&) = delete;

  Shape shape() const { return shape_; }
  CURL* handle() const { return easy_.get(); }

  /// Describes the request to libcurl. Its target is what is left of its URL from `target` on.
  /// Borrows the place, which is told what happens, until unload(). Throws invalid_argument for a
  /// field with a line break.
  void load(ClientRequest request, std::size_t target, bool once, Streams::Place& place);

  /// Forgets what has arrived, for another attempt.
  void forget_answer();

  /// libcurl takes a head that was cut off for a whole one, although important fields may be
  /// missing.
  bool has_head() const { return has_head_; }

  /// The answer of a transfer that went well.
  ClientResponse take_answer();

  /// What callers are told of one that did not. `server`: scheme, host and port.
  Error explain(CURLcode outcome, std::string_view server) const;

  /// Forgets the request. Whether the line may be kept for another one.
  bool unload();

 private:
  // True once the server may have acted. Without a body the head is the whole request.
  bool may_have_acted() const { return request_.sent_body().empty() ? attempts_ > 0 : read_ > 0; }

  void set_method();
  void set_body();
  void set_fields();
  void set_timeout();
  bool make_room(std::size_t size);

  static int before_request(void* self, char*, char*, int, int local_port);
  static std::size_t on_read(char* into, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* bytes, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* bytes, std::size_t size, std::size_t count, void* self);

  const LineRules& rules_;
  Shape shape_;
  transfer::Engine::Handle easy_;

  // What libcurl borrows.
  std::string fields_;  // each ends with a NUL
  std::vector<curl_slist> list_;
  std::array<char, CURL_ERROR_SIZE> complaint_{};

  ClientRequest request_;
  ClientResponse response_;
  Streams::Place* place_ = nullptr;
  bool opens_connection_ = false;         // of the handle
  std::chrono::milliseconds timeout_{0};  // of the handle
  bool once_ = false;                     // no byte of the body may be sent twice
  std::size_t read_ = 0;                  // of the body, by libcurl, when `once_`
  int attempts_ = 0;                      // connections on which sending was about to begin
  bool too_large_ = false;
  FairShare::Answer room_ = FairShare::Answer::granted;
  bool has_head_ = false;  // the empty line after it has arrived
};

}  // namespace gmail_mcp::http
