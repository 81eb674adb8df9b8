#pragma once

#include <exception>
#include <optional>
#include <string>
#include <utility>

#include "http/connection.h"
#include "http/response_stream.h"

namespace gmail_mcp::http {

/// One request of a connection and its answer. Lives in the connection's frame while its handler
/// runs.
class ServedExchange final : public Exchange {
 public:
  ServedExchange(Connection& connection, RequestParser& parser, Router::Match match);
  ServedExchange(const ServedExchange&) = delete;
  ServedExchange& operator=(const ServedExchange&) = delete;

  const RequestHead& head() const override { return parser_.head(); }
  std::string_view parameter(std::string_view name) const override;
  void belongs_to(std::string caller) override;
  Task<std::string> read_body(std::size_t limit) override;
  Task<void> respond(Response response) override;
  Task<void> abort(std::string raw) override;
  Task<ResponseStream*> stream(Response head) override;
  Task<void> until_disconnect(Task<void> task) override;
  bool disconnected() override;
  bool delivered() override;

  /// Answers 404 or 405 when there is no handler; otherwise runs it, and answers if it did not.
  /// Returns whether the connection can serve another request.
  Task<bool> serve();

 private:
  Task<void> conclude(std::exception_ptr failure);
  Task<void> answer_failure(const std::exception_ptr& failure);
  /// 404 or 405.
  Response no_handler() const;
  void answer_shutdown();
  /// The error to send for what a handler threw, and its status; logged if it is our fault.
  std::pair<Error, int> explain(const std::exception_ptr& failure);
  HeadOptions begin_answer(const Response& response, Framing framing);
  bool body_is_no_obstacle() const;
  void hold_body();

  Connection& connection_;
  RequestParser& parser_;
  Router::Match match_;
  std::optional<ChunkedStream> stream_;
  std::string caller_;  // empty: not known yet
  FairShare::Hold under_way_;
  FairShare::Hold body_;
  bool answered_ = false;
  bool keep_alive_ = false;
  bool continue_sent_ = false;
  bool body_refused_ = false;  // where the body would have ended is unknown
  bool body_timed_out_ = false;
};

}  // namespace gmail_mcp::http
