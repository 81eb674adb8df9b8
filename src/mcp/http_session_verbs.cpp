// Opens, reads and ends sessions over HTTP: initialize, GET, DELETE.
#include <utility>

#include "base/caught.h"
#include "base/text.h"
#include "crypto/random.h"
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
  explicit Streaming(Session& session) : session_{session} { ++session_.streams; }
  ~Streaming() { --session_.streams; }
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
  auto session = sessions_.make(*principal);
  HttpReply reply{exchange, cors_headers(exchange.head()), accepts, executor};
  auto call = legacy_call(std::move(message), session, std::move(principal), reply);
  auto answer = core_.answer_now(call);
  if (!answer || answer->failed) {
    // There is no session, and so no session id.
    auto text = answer ? std::move(answer->text) : std::string{};
    auto response = http::json_response(200, std::move(text), cors_headers(exchange.head()));
    co_await exchange.respond(std::move(response));
    co_return;
  }
  session->seal(ids_, crypto::random_uuid(), clock_.now());
  reply.add_header("Mcp-Session-Id", session->id());
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
  const auto session = co_await find_session(exchange, principal, std::string());
  if (!session) co_return;
  std::optional<EventLog::Place> seen;
  if (session->revision->resumable_streams) {
    const auto& events = session->events(kept_events_);
    const auto last = trim(head.headers.get("Last-Event-ID"));
    if (!last.empty()) seen = events.find(last);
    const bool of_a_call = seen ? seen->stream != 0 : !EventLog::is_of_own_stream(last);
    if (of_a_call) {
      if (seen && events.is_whole_since(*seen)) {
        co_await send_rest(exchange, session, *seen);
      } else {
        Failure failure{RpcCode::invalid_request,
                        "What followed that event is no longer kept: send the request again."};
        co_await entry_.refuse(exchange, 400, std::move(failure));
      }
      co_return;
    }
  }
  co_await read_news(exchange, session, std::move(principal), seen);
}

Task<void> StreamableHttp::read_news(http::Exchange& exchange, SessionPtr session,
                                     PrincipalPtr principal, std::optional<EventLog::Place> seen) {
  const OpenStream open{*this};
  const Streaming streaming{*session};
  try {
    auto reading = read_news_to(exchange, session, std::move(principal), seen);
    co_await exchange.until_disconnect(std::move(reading));
  } catch (const Error&) {
    if (!exchange.disconnected()) throw;
  }
}

// The newest stream of a session has its news; the one before ends.
Task<void> StreamableHttp::read_news_to(http::Exchange& exchange, SessionPtr session,
                                        PrincipalPtr principal,
                                        std::optional<EventLog::Place> seen) {
  const auto executor = co_await current_executor();
  const auto turn = ++session->news_streams;
  session->news.wake();
  Wakeup wakeup{executor};
  const NewsReader reader{session->news, wakeup};
  auto head = event_stream_head(cors_headers(exchange.head()));
  auto* stream = co_await exchange.stream(std::move(head));
  auto* events = session->known_events();
  if (events) {
    auto opening = opening_event(*events, 0);
    if (seen && events->is_whole_since(*seen)) {
      co_await send_kept(exchange, stream, session, *seen);
    } else {
      co_await stream->write(std::move(opening));
      session->tell_lately_told_again(clock_.steady_now());
    }
  } else {
    session->tell_lately_told_again(clock_.steady_now());
  }
  while (true) {
    const auto is_mine = [&] {
      return turn == session->news_streams && !session->ended() && !core_.bus().closed() &&
             core_.offer().still_admits(*principal);
    };
    while (is_mine()) {
      auto news = session->news.take();
      if (!news) break;
      if (!news->list && !core_.offer().may_see(*principal, news->uri)) continue;
      auto text = news_text(*news);
      session->note_told(std::move(*news), clock_.steady_now());
      std::string id;
      if (events) id = events->add(0, text);
      auto event = EventLog::written(text, id);
      co_await stream->write(std::move(event));
    }
    if (!is_mine()) break;
    const bool notified = co_await wakeup.wait(core_.limits().keep_alive);
    if (session->is_stale && is_mine()) {
      const auto failed = co_await caught(refresh(session));
      if (failed) break;  // the client comes back, and is told then why not
    }
    if (notified) continue;
    if (session->has_change(clock_.now())) co_await save(session, principal);
    auto comment = http::sse_comment();
    co_await stream->write(std::move(comment));
  }
  co_await stream->finish();
}

// The rest of a call's stream, whose connection was lost or closed.
Task<void> StreamableHttp::send_rest(http::Exchange& exchange, SessionPtr session,
                                     EventLog::Place seen) {
  const OpenStream open{*this};
  const Streaming streaming{*session};
  try {
    auto sending = send_rest_to(exchange, session, seen);
    co_await exchange.until_disconnect(std::move(sending));
  } catch (const Error&) {
    if (!exchange.disconnected()) throw;
  }
}

Task<void> StreamableHttp::send_rest_to(http::Exchange& exchange, SessionPtr session,
                                        EventLog::Place seen) {
  const auto executor = co_await current_executor();
  Wakeup wakeup{executor};
  auto& events = session->events(kept_events_);
  const EventLog::Sender sender{events, seen.stream, wakeup};
  Subscription goodbye{core_.bus()};
  const NewsReader reader{goodbye, wakeup};
  auto head = event_stream_head(cors_headers(exchange.head()));
  head.headers.add("Connection", "close");
  auto* stream = co_await exchange.stream(std::move(head));
  while (!sender.is_replaced() && !core_.bus().closed() && !session->ended()) {
    seen = co_await send_kept(exchange, stream, session, seen);
    if (sender.is_at_end() && events.next(seen) == nullptr) break;
    const bool notified = co_await wakeup.wait(core_.limits().keep_alive);
    if (notified) continue;
    auto comment = http::sse_comment();
    co_await stream->write(std::move(comment));
  }
  co_await stream->finish();
}

// Returns the place after what was sent.
Task<EventLog::Place> StreamableHttp::send_kept(http::Exchange& exchange,
                                                http::ResponseStream* stream, SessionPtr session,
                                                EventLog::Place seen) {
  auto& events = session->events(kept_events_);
  while (const auto* event = events.next(seen)) {
    seen.seen = event->number;
    auto written = EventLog::written(event->text, events.id_of(*event));
    co_await stream->write(std::move(written));
    auto* sent = events.next({seen.stream, seen.seen - 1});
    const bool is_there = sent != nullptr && sent->number == seen.seen;
    if (is_there && sent->receipt.is_wanted() && exchange.delivered()) sent->receipt.delivered();
  }
  co_return seen;
}

Task<void> StreamableHttp::remove(http::Exchange& exchange, PrincipalPtr principal) {
  const auto& head = exchange.head();
  if (const auto status = refused_version(head.headers)) {
    co_await refuse_method(exchange, *status);
    co_return;
  }
  const auto session = co_await find_session(exchange, principal, std::string());
  if (!session) co_return;
  auto ended = session->take_change(principal, clock_.now());
  const auto failed = co_await caught(memory_.end(std::move(ended)));
  if (failed) {
    co_await entry_.answer_error(exchange, *failed);
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
