#include "mcp/sse_legacy.h"

#include <utility>

#include "crypto/random.h"
#include "http/sse.h"
#include "http/url.h"
#include "mcp/http_reply.h"

namespace gmail_mcp::mcp {

namespace {

constexpr std::string_view allowed_methods = "GET, POST, OPTIONS";

std::string session_named_by(const http::RequestHead& head) {
  const auto fields = http::decode_query(head.query);
  return fields ? std::string{http::query_value(*fields, "sessionId")} : std::string{};
}

Conversation::Bounds bounds(const Limits& limits) {
  constexpr std::size_t queued_messages = 256;
  return {limits.sse_requests, queued_messages, limits.sse_queued_bytes};
}

}  // namespace

// An entry among the open streams for as long as this object lives.
class SseLegacy::Listed {
 public:
  Listed(OpenStreams& streams, std::string owner, Conversation& conversation) : streams_{streams} {
    Open open{std::move(owner), &conversation};
    entry_ = &streams_.emplace(session_id_, std::move(open)).first->second;
  }
  ~Listed() { streams_.erase(session_id_); }
  Listed(const Listed&) = delete;
  Listed& operator=(const Listed&) = delete;

  const std::string& session_id() const { return session_id_; }
  Open& entry() { return *entry_; }

 private:
  OpenStreams& streams_;
  std::string session_id_ = crypto::random_token();
  Open* entry_;  // a pointer, which stays valid when the table grows; an iterator may not
};

SseLegacy::SseLegacy(Core& core, Authenticate authenticate, HttpOptions options, Clock& clock,
                     Log& log)
    : core_{core},
      entry_{std::move(authenticate), std::move(options)},
      clock_{clock},
      log_{log},
      streams_{{core.limits().sse_streams, core.limits().sse_streams_of_one}} {}

Task<void> SseLegacy::handle(http::Exchange& exchange) {
  auto principal = co_await entry_.admit(exchange);
  if (!principal) co_return;
  const auto& method = exchange.head().method;
  if (method == "GET") {
    co_await open(exchange, std::move(principal));
  } else if (method == "POST") {
    co_await post(exchange, std::move(principal));
  } else {
    co_await entry_.refuse_method(exchange, allowed_methods);
  }
}

Task<void> SseLegacy::open(http::Exchange& exchange, PrincipalPtr principal) {
  const auto& head = exchange.head();
  if (!accepted_by(head.headers).events) {
    co_await entry_.refuse(exchange, 406, invalid_request("Accept must list text/event-stream."));
    co_return;
  }
  auto owner = principal->identity();
  auto share = streams_.hold(principal->shareholder());
  const auto answer = share.resize(1);
  if (answer == FairShare::Answer::all_is_full || core_.bus().closed()) {
    const Error full{Errc::unavailable, "Too many event streams are open.", "Try again later."};
    co_await entry_.answer_error(exchange, full);
    co_return;
  }
  if (answer == FairShare::Answer::own_share_is_full) {
    const Error full{Errc::rate_limited, "Too many event streams of this caller are open.",
                     "Close some of them first."};
    co_await entry_.answer_error(exchange, full);
    co_return;
  }
  const auto executor = co_await current_executor();
  Conversation conversation{core_,   std::move(principal), bounds(core_.limits()), clock_, log_,
                            executor};
  std::exception_ptr failure;
  {
    Listed listed{open_, std::move(owner), conversation};
    try {
      auto endpoint = head.path + "?sessionId=" + listed.session_id();
      auto writing = write_to(exchange, listed.entry(), std::move(endpoint));
      co_await exchange.until_disconnect(std::move(writing));
    } catch (...) {
      failure = std::current_exception();
    }
  }
  // The running requests borrow from this frame.
  conversation.abandon();
  co_await conversation.join();
  if (failure && !exchange.disconnected()) std::rethrow_exception(failure);
}

Task<void> SseLegacy::write_to(http::Exchange& exchange, Open& self, std::string endpoint) {
  auto& talk = *self.conversation;
  const auto& limits = core_.limits();
  auto head = event_stream_head(cors_headers(exchange.head()));
  auto* stream = co_await exchange.stream(std::move(head));
  auto first = http::sse_event("endpoint", endpoint);
  co_await stream->write(std::move(first));
  const auto opened = clock_.steady_now();
  // Closing the bus does not wake a session, so the stream watches for it.
  Subscription goodbye{core_.bus()};
  const NewsReader reader{goodbye, talk.queued()};
  while (true) {
    while (auto message = talk.take()) {
      auto event = http::sse_event("message", message->text);
      co_await stream->write(std::move(event));
      message->receipt.delivered();
    }
    if (core_.bus().closed() && talk.is_idle()) break;
    if (!core_.offer().still_admits(talk.principal())) break;
    const bool notified = co_await talk.queued().wait(limits.keep_alive);
    if (notified) continue;
    if (!self.spoken_to && clock_.steady_now() - opened >= limits.sse_silence) break;
    auto comment = http::sse_comment();
    co_await stream->write(std::move(comment));
  }
  co_await stream->finish();
}

SseLegacy::Open* SseLegacy::find(std::string_view session_id, const Principal& principal) {
  const auto found = open_.find(std::string{session_id});
  if (found == open_.end() || found->second.owner != principal.identity()) return nullptr;
  return &found->second;
}

Task<void> SseLegacy::post(http::Exchange& exchange, PrincipalPtr principal) {
  const auto id = session_named_by(exchange.head());
  if (id.empty()) {
    // Clients that try newer transports first fall back to the stream after this answer.
    co_await entry_.refuse_method(exchange, "GET");
    co_return;
  }
  const auto* before = find(id, *principal);
  if (before && before->conversation->is_full()) {
    const auto slow = Error{Errc::rate_limited, "This session's event stream is not being read.",
                            "Read the answers first."}
                          .with_retry_after(std::chrono::seconds{1});
    co_await entry_.answer_error(exchange, slow);
    co_return;
  }
  auto memory = arenas_.lease();
  std::optional<json::value> message;
  if (before) message = co_await entry_.read_json(exchange, core_.limits(), memory->storage());
  if (before && !message) co_return;
  auto* target = find(id, *principal);  // it may have ended while the body arrived
  if (!target) {
    co_await entry_.refuse(exchange, 404,
                           invalid_request("There is no such session: open the stream again."));
    co_return;
  }
  target->spoken_to = true;
  auto reject =
      target->conversation->accept(std::move(memory), std::move(*message), std::move(principal));
  if (reject) {
    co_await entry_.refuse(exchange, reject->http_status, std::move(reject->failure),
                           std::move(reject->id));
    co_return;
  }
  http::Response accepted{202, cors_headers(exchange.head()), {}};
  co_await exchange.respond(std::move(accepted));
}

}  // namespace gmail_mcp::mcp
