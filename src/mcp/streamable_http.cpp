#include "mcp/streamable_http.h"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/system/system_error.hpp>
#include <utility>

#include "base/text.h"
#include "http/sse.h"
#include "mcp/classify.h"
#include "mcp/params.h"

namespace gmail_mcp::mcp {

namespace asio = boost::asio;

namespace {

SessionIds session_ids(const HttpOptions& options) {
  if (options.session_sealer) return SessionIds{*options.session_sealer};
  return SessionIds{crypto::Sealer::for_this_process("mcp session")};
}

// In memory of its own.
Modern copy_of(const Modern& modern) {
  const auto& message = modern.message;
  const json::storage_ptr heap;
  return {
      Message{message.kind, message.id, message.method, json::object(message.params, heap)},
      Envelope{modern.envelope.revision, json::object(modern.envelope.client_capabilities, heap),
               modern.envelope.log_level}};
}

bool is_listen(const Message& message) {
  const auto* rule = find_method(message.method);
  return rule && rule->method == Method::listen && message.kind == Message::Kind::request;
}

// Clears a pointer to a frame when the frame ends, so that nothing is woken through it afterwards.
struct Forgotten {
  ~Forgotten() { pointer = nullptr; }
  Wakeup*& pointer;
};

bool all_done(const std::vector<RunningCall>& running) {
  return std::ranges::all_of(running,
                             [](const RunningCall& entry) { return entry.task().is_over(); });
}

// Cancels the calls that still run when nobody attends to them any more. Senders do not wait.
void give_up(HttpReply& reply, std::vector<RunningCall>& running) {
  if (all_done(running)) return;
  reply.abandon();
  for (auto& entry : running) entry.task().cancel();
}

// Waits for the calls, because they borrow from the frame that started them.
UntilOver until_done(HttpReply& reply, const std::vector<RunningCall>& running) {
  return reply.wakeup().until([&running] { return all_done(running); });
}

}  // namespace

StreamableHttp::StreamableHttp(Core& core, Authenticate authenticate, HttpOptions options,
                               Clock& clock, Log& log)
    : core_{core},
      entry_{std::move(authenticate), options},
      clock_{clock},
      log_{log},
      ids_{session_ids(options)},
      own_memory_{clock, core.limits().sessions},
      memory_{options.session_memory == nullptr ? own_memory_ : *options.session_memory},
      kept_events_{{core.limits().kept_events, core.limits().kept_events_of_one}},
      sessions_{core.bus(), core.limits(), clock} {}

Task<void> StreamableHttp::handle(http::Exchange& exchange) {
  auto entrant = co_await entry_.look_at(exchange);
  if (entrant.unknown_now) {
    co_await serve_unknown(exchange, std::move(*entrant.unknown_now));
    co_return;
  }
  auto principal = std::move(entrant.principal);
  if (!principal) co_return;
  const auto& method = exchange.head().method;
  if (method == "POST") {
    // What was needed to read it is freed before a subscription begins to wait.
    auto listen = co_await post(exchange, principal);
    if (listen) co_await serve_listen(exchange, std::move(listen), std::move(principal));
  } else if (method == "GET") {
    co_await get(exchange, std::move(principal));
  } else if (method == "DELETE") {
    co_await remove(exchange, std::move(principal));
  } else {
    co_await entry_.refuse_method(exchange, "POST, GET, DELETE, OPTIONS");
  }
}

Task<void> StreamableHttp::stop() {
  const auto executor = co_await current_executor();
  Wakeup last_stream_ended{executor};
  const Forgotten forgotten{stopping_};
  stopping_ = &last_stream_ended;
  core_.bus().close();
  while (open_streams_ > 0) co_await last_stream_ended.wait();
}

// A client learns from the status and a header that it needs other scopes, unless the answer has
// begun.
Task<void> StreamableHttp::finish(http::Exchange& exchange, HttpReply& reply, Answer answer) {
  if (!answer.challenge || reply.has_begun()) return reply.finish(std::move(answer));
  return challenge(exchange, std::move(*answer.challenge));
}

Task<void> StreamableHttp::challenge(http::Exchange& exchange, Error error) {
  co_await entry_.answer_error(exchange, error);
}

Task<void> StreamableHttp::refuse_accept(http::Exchange& exchange, std::string id) {
  co_await entry_.refuse(
      exchange, 406, invalid_request("Accept must list application/json and text/event-stream."),
      std::move(id));
}

// Returns a subscription, which is still to be served.
Task<std::unique_ptr<Modern>> StreamableHttp::post(http::Exchange& exchange,
                                                   PrincipalPtr principal) {
  const auto& head = exchange.head();
  const auto& limits = core_.limits();
  const auto arena = arenas_.lease();
  std::unique_ptr<Modern> listen;
  auto parsed = co_await entry_.read_json(exchange, limits, arena->storage());
  if (!parsed) co_return listen;
  auto session = session_here(head, *principal);
  const auto fact = fact_of(head, *principal, session);
  auto verdict = classify(std::move(*parsed), &head.headers, fact, limits.batch);
  if (auto* reject = std::get_if<Reject>(&verdict)) {
    co_await entry_.refuse(exchange, reject->http_status, std::move(reject->failure),
                           std::move(reject->id));
  } else if (auto* modern = std::get_if<Modern>(&verdict)) {
    if (is_listen(modern->message)) {
      listen = std::make_unique<Modern>(copy_of(*modern));
      co_return listen;
    }
    co_await serve_modern(exchange, std::move(*modern), std::move(principal));
  } else {
    co_await serve_legacy(exchange, std::move(std::get<Legacy>(verdict)), std::move(session),
                          std::move(principal));
  }
  co_return listen;
}

// A client asks what this server is before anything else, and takes a failure of that for a server
// of another kind. Its body counts as a stranger's.
Task<void> StreamableHttp::serve_unknown(http::Exchange& exchange, Error unknown_now) {
  const auto& head = exchange.head();
  if (head.method != "POST" || !names_discovery(head.headers)) {
    co_await entry_.answer_error(exchange, unknown_now);
    co_return;
  }
  const auto arena = arenas_.lease();
  auto parsed = co_await entry_.read_json(exchange, core_.limits(), arena->storage());
  if (!parsed) co_return;
  auto verdict = classify(std::move(*parsed), &head.headers, {}, core_.limits().batch);
  if (auto* reject = std::get_if<Reject>(&verdict)) {
    co_await entry_.refuse(exchange, reject->http_status, std::move(reject->failure),
                           std::move(reject->id));
    co_return;
  }
  const auto* modern = std::get_if<Modern>(&verdict);
  auto answer = modern != nullptr ? core_.answer_anyone(modern->message, modern->envelope)
                                  : std::optional<Answer>{};
  if (!answer) {
    co_await entry_.answer_error(exchange, unknown_now);
    co_return;
  }
  const auto accepts = accepted_by(head.headers);
  if (!accepts.events && !accepts.json) {
    co_await refuse_accept(exchange, modern->message.id);
    co_return;
  }
  const auto executor = co_await current_executor();
  HttpReply reply{exchange, cors_headers(head), accepts, executor};
  co_await reply.finish(std::move(*answer));
}

Task<void> StreamableHttp::serve_modern(http::Exchange& exchange, Modern modern,
                                        PrincipalPtr principal) {
  const auto& head = exchange.head();
  auto extra = cors_headers(head);
  if (modern.message.kind == Message::Kind::notification) {
    // The same for notifications/cancelled, because anyone could name someone else's request.
    http::Response accepted{202, std::move(extra), {}};
    co_await exchange.respond(std::move(accepted));
    co_return;
  }
  const auto accepts = accepted_by(head.headers);
  const auto executor = co_await current_executor();
  HttpReply reply{exchange, std::move(extra), accepts, executor};
  auto call = modern_call(std::move(modern.message), modern.envelope, std::move(principal), reply);
  if (!accepts.events && !accepts.json) {
    co_await refuse_accept(exchange, call.message.id);
    co_return;
  }
  auto answer = core_.answer_now(call);
  if (!answer) answer = core_.check_param_headers(call, head.headers);
  if (answer) {
    co_await finish(exchange, reply, std::move(*answer));
    co_return;
  }
  std::vector<RunningCall> running;
  running.emplace_back(executor, reply.wakeup(), std::move(call));
  start(running, nullptr);
  std::exception_ptr failure;
  if (!all_done(running)) {
    try {
      auto attending = attend(reply, running);
      co_await exchange.until_disconnect(std::move(attending));
    } catch (...) {
      failure = std::current_exception();
    }
    give_up(reply, running);
    co_await until_done(reply, running);
  }
  if (failure) {
    // There is no client left to answer.
    if (exchange.disconnected()) co_return;
    std::rethrow_exception(failure);
  }
  auto outcome = running.front().outcome(log_);
  if (outcome) {
    co_await finish(exchange, reply, std::move(*outcome));
  } else {
    co_await reply.finish_without_answer();
  }
}

Task<void> StreamableHttp::serve_legacy(http::Exchange& exchange, Legacy legacy, SessionPtr session,
                                        PrincipalPtr principal) {
  auto* first = std::get_if<Message>(&legacy.messages.front());
  if (first && first->method == "initialize" && first->kind == Message::Kind::request) {
    co_await open_session(exchange, std::move(*first), std::move(principal));
    co_return;
  }
  if (!session || session->is_stale) {
    std::string id = first && !legacy.batch ? first->id : std::string{};
    session = co_await find_session(exchange, principal, std::move(id));
    if (!session) co_return;
  }
  const auto accepts = accepted_by(exchange.head().headers);
  const auto executor = co_await current_executor();
  HttpReply reply{exchange, cors_headers(exchange.head()), accepts, executor};
  if (session->revision->resumable_streams) reply.number_events(session, kept_events_);
  std::vector<RunningCall> running;
  std::vector<std::string> answers;
  Receipt receipt;
  for (auto& element : legacy.messages) {
    if (const auto* bad = std::get_if<BadMessage>(&element)) {
      answers.push_back(error_text(bad->id, bad->failure));
      continue;
    }
    auto& message = std::get<Message>(element);
    if (message.kind == Message::Kind::request) {
      auto call = legacy_call(std::move(message), session, principal, reply);
      call.may_ask = accepts.events && !legacy.batch;
      running.emplace_back(executor, reply.wakeup(), std::move(call));
    } else if (message.kind == Message::Kind::notification) {
      const auto cancelled = cancelled_request(message);
      if (!cancelled.empty()) session->calls.cancel(cancelled);
    } else {
      session->questions.answer(message, core_.limits().answer_bytes);
    }
  }
  if (!running.empty() && !accepts.json && !accepts.events) {
    co_await refuse_accept(exchange, running.front().id());
    co_return;
  }
  if (!legacy.batch && running.size() == 1) {
    if (auto answer = core_.answer_now(running.front().call())) {
      if (session->has_change(clock_.now())) co_await save(session, principal);
      co_await finish(exchange, reply, std::move(*answer));
      co_return;
    }
  }
  // A disconnect does not cancel the calls: the client may have lost only this stream.
  start(running, session.get());
  std::exception_ptr failure;
  if (!all_done(running)) {
    try {
      co_await attend(reply, running);
    } catch (...) {
      failure = std::current_exception();
    }
    give_up(reply, running);
    co_await until_done(reply, running);
    for (auto& entry : running) session->calls.remove(entry.task());
  }
  if (failure) std::rethrow_exception(failure);
  // What a client has been told is kept.
  if (session->has_change(clock_.now())) co_await save(session, principal);
  for (auto& entry : running) {
    auto outcome = entry.outcome(log_);
    if (!outcome) continue;
    if (!legacy.batch) {
      co_await finish(exchange, reply, std::move(*outcome));
      co_return;
    }
    answers.push_back(std::move(outcome->text));
    receipt.join(std::move(outcome->receipt));
  }
  if (answers.empty()) {
    co_await reply.finish_without_answer();
    co_return;
  }
  Answer whole{legacy.batch ? '[' + join(answers, ",") + ']' : std::move(answers.front())};
  whole.receipt = std::move(receipt);
  co_await reply.finish(std::move(whole));
}

// Most calls that need not wait for others have ended when this returns.
void StreamableHttp::start(std::vector<RunningCall>& running, Session* session) {
  for (auto& entry : running) {
    if (session) session->calls.add(entry.id(), entry.task());
    entry.start(core_);
    if (session && entry.task().is_over()) session->calls.remove(entry.task());
  }
}

// Writes what the calls send, until the last call has ended.
Task<void> StreamableHttp::attend(HttpReply& reply, std::vector<RunningCall>& running) {
  bool bounded = true;  // until they are told that their time is over
  const auto& limits = core_.limits();
  const auto started = clock_.steady_now();
  while (true) {
    co_await reply.write_queued();
    if (all_done(running)) co_return;
    std::chrono::milliseconds pause = limits.keep_alive;
    const auto left = time_left(running, started, limits, clock_.steady_now());
    if (bounded) pause = std::min(pause, left);
    const bool notified = co_await reply.wakeup().wait(pause);
    if (notified) continue;
    if (bounded && time_left(running, started, limits, clock_.steady_now()).count() <= 0) {
      for (auto& entry : running) entry.expire();
      bounded = false;
    } else {
      co_await reply.keep_alive();
    }
  }
}

}  // namespace gmail_mcp::mcp
