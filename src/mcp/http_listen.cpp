// subscriptions/listen over HTTP. It waits for hours, beside thousands of others, so it is served
// by few coroutines and keeps little.
#include <utility>

#include "http/sse.h"
#include "mcp/streamable_http.h"

namespace gmail_mcp::mcp {

Task<void> StreamableHttp::serve_listen(http::Exchange& exchange, std::unique_ptr<Modern> modern,
                                        PrincipalPtr principal) {
  const OpenStream open{*this};
  try {
    auto telling = tell(exchange, std::move(modern), std::move(principal));
    co_await exchange.until_disconnect(std::move(telling));
  } catch (const Error&) {
    if (!exchange.disconnected()) throw;
  }
}

// nullptr: refused and already answered.
Task<std::unique_ptr<Listening>> StreamableHttp::begin_listening(http::Exchange& exchange,
                                                                 std::unique_ptr<Modern> modern,
                                                                 PrincipalPtr principal) {
  const auto executor = co_await current_executor();
  const auto accepts = accepted_by(exchange.head().headers);
  HttpReply reply{exchange, cors_headers(exchange.head()), accepts, executor};
  auto call =
      modern_call(std::move(modern->message), modern->envelope, std::move(principal), reply);
  std::unique_ptr<Listening> listening;
  if (!accepts.events) {
    co_await refuse_accept(exchange, call.message.id);
    co_return listening;
  }
  auto answer = core_.answer_now(call);
  if (!answer) {
    auto begun = co_await core_.begin_listening(std::move(call));
    if (auto* refused = std::get_if<Answer>(&begun)) {
      answer = std::move(*refused);
    } else {
      listening = std::move(std::get<std::unique_ptr<Listening>>(begun));
    }
  }
  if (answer) co_await reply.finish(std::move(*answer));
  co_return listening;
}

namespace {

Task<http::ResponseStream*> begin_stream(http::Exchange& exchange, Listening& listening) {
  auto head = event_stream_head(cors_headers(exchange.head()));
  auto* stream = co_await exchange.stream(std::move(head));
  auto first = http::sse_event("message", std::exchange(listening.acknowledgement, {}));
  co_await stream->write(std::move(first));
  co_return stream;
}

}  // namespace

Task<void> StreamableHttp::tell(http::Exchange& exchange, std::unique_ptr<Modern> modern,
                                PrincipalPtr principal) {
  const auto listening =
      co_await begin_listening(exchange, std::move(modern), std::move(principal));
  if (!listening) co_return;
  auto* stream = co_await begin_stream(exchange, *listening);
  const auto executor = co_await current_executor();
  Wakeup wakeup{executor};
  const NewsReader reader{listening->news, wakeup};
  while (!listening->is_over && !core_.bus().closed() &&
         core_.offer().still_admits(*listening->principal)) {
    // Nothing but one string is kept in this frame, beside what waits.
    std::string event;
    if (auto news = core_.next_news(*listening)) {
      event = http::sse_event("message", *news);
    } else {
      const bool notified = co_await wakeup.wait(core_.limits().keep_alive);
      if (notified) continue;
      event = http::sse_comment();
    }
    co_await stream->write(std::move(event));
  }
  auto last = http::sse_event("message", core_.end_of(*listening));
  co_await stream->write(std::move(last));
  co_await stream->finish();
}

}  // namespace gmail_mcp::mcp
