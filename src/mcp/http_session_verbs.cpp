// Opens, reads and ends sessions over HTTP: initialize, GET, DELETE.
#include <utility>

#include "base/text.h"
#include "http/sse.h"
#include "mcp/streamable_http.h"

namespace gmail_mcp::mcp {

namespace {

constexpr std::string_view protocol_header = "MCP-Protocol-Version";

// nullopt: the header is fine, or missing, which older revisions allow.
std::optional<int> refused_version(const http::Headers& headers) {
  const auto* sent = headers.find(protocol_header);
  if (!sent) return std::nullopt;
  const auto* revision = find_revision(trim(*sent));
  if (!revision) return 400;
  // Modern revisions have neither sessions nor streams of their own.
  if (revision->era == Era::modern) return 405;
  return std::nullopt;
}

class Streaming {
 public:
  explicit Streaming(Session& session) : session_{session} { session_.streaming = true; }
  ~Streaming() { session_.streaming = false; }
  Streaming(const Streaming&) = delete;
  Streaming& operator=(const Streaming&) = delete;

 private:
  Session& session_;
};

}  // namespace

Task<void> StreamableHttp::open_session(http::Exchange& exchange, Message message,
                                        PrincipalPtr principal) {
  const auto executor = co_await current_executor();
  const auto accepts = accepted_by(exchange.head().headers);
  if (!accepts.json && !accepts.events) {
    co_await refuse_accept(exchange, std::move(message.id));
    co_return;
  }
  auto session = sessions_.make(principal->identity());
  auto extra = cors_headers(exchange.head());
  extra.add("Mcp-Session-Id", session->id());
  HttpReply reply{exchange, std::move(extra), accepts, executor};
  auto call = legacy_call(std::move(message), session, std::move(principal), reply);
  auto answer = core_.answer_now(call);
  if (!answer || answer->failed) {
    // There is no session, and so no session id.
    auto text = answer ? std::move(answer->text) : std::string{};
    auto response = http::json_response(200, std::move(text), cors_headers(exchange.head()));
    co_await exchange.respond(std::move(response));
    co_return;
  }
  if (!sessions_.insert(session)) {
    const Error full{Errc::unavailable, "Too many sessions are open.", "Try again later."};
    co_await entry_.answer_error(exchange, full);
    co_return;
  }
  co_await reply.finish(std::move(*answer));
}

Task<void> StreamableHttp::get(http::Exchange& exchange, PrincipalPtr principal) {
  const auto& head = exchange.head();
  if (const auto status = refused_version(head.headers)) {
    co_await refuse_method(exchange, *status);
    co_return;
  }
  if (!accepted_by(head.headers).events) {
    Failure failure{RpcCode::invalid_request, "Accept must list text/event-stream."};
    co_await entry_.refuse(exchange, 406, std::move(failure));
    co_return;
  }
  const auto session = find_session(head, *principal);
  if (!session) {
    co_await refuse_without_session(exchange, std::string());
    co_return;
  }
  if (session->streaming) {
    Failure failure{RpcCode::invalid_request, "This session has a stream already."};
    co_await entry_.refuse(exchange, 409, std::move(failure));
    co_return;
  }
  const OpenStream open{*this};
  const Streaming streaming{*session};
  try {
    auto reading = read_news_to(exchange, *session, std::move(principal));
    co_await exchange.until_disconnect(std::move(reading));
  } catch (const Error&) {
    if (!exchange.disconnected()) throw;
  }
}

Task<void> StreamableHttp::read_news_to(http::Exchange& exchange, Session& session,
                                        PrincipalPtr principal) {
  const auto executor = co_await current_executor();
  auto head = event_stream_head(cors_headers(exchange.head()));
  auto* stream = co_await exchange.stream(std::move(head));
  Wakeup wakeup{executor};
  const NewsReader reader{session.news, wakeup};
  while (true) {
    while (auto news = session.news.take()) {
      if (!news->list && !core_.offer().may_see(*principal, news->uri)) continue;
      auto event = http::sse_event("message", news_text(*news));
      co_await stream->write(std::move(event));
    }
    if (session.ended() || core_.bus().closed()) break;
    const bool notified = co_await wakeup.wait(core_.limits().keep_alive);
    if (!notified) {
      auto comment = http::sse_comment();
      co_await stream->write(std::move(comment));
    }
  }
  co_await stream->finish();
}

Task<void> StreamableHttp::remove(http::Exchange& exchange, PrincipalPtr principal) {
  const auto& head = exchange.head();
  if (const auto status = refused_version(head.headers)) {
    co_await refuse_method(exchange, *status);
    co_return;
  }
  const auto session = find_session(head, *principal);
  if (!session) {
    co_await refuse_without_session(exchange, std::string());
    co_return;
  }
  sessions_.erase(*session);
  http::Response gone{204, cors_headers(head), {}};
  co_await exchange.respond(std::move(gone));
}

Task<void> StreamableHttp::refuse_method(http::Exchange& exchange, int status) {
  Failure failure{RpcCode::invalid_request, "This revision of the protocol has only POST."};
  if (status == 400) failure.message = "The MCP-Protocol-Version header names no known revision.";
  auto response =
      http::json_response(status, error_text({}, failure), cors_headers(exchange.head()));
  if (status == 405) response.headers.add("Allow", "POST");
  co_await exchange.respond(std::move(response));
}

}  // namespace gmail_mcp::mcp
