#include "mcp/conversation.h"

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "mcp/params.h"

namespace gmail_mcp::mcp {

namespace {

SessionPtr new_session(Core& core, const Principal& principal) {
  return std::make_shared<Session>(core.bus(), "conversation", principal);
}

}  // namespace

Conversation::Conversation(Core& core, PrincipalPtr principal, Bounds bounds, Clock& clock,
                           Log& log, const Executor& executor)
    : core_{core},
      principal_{std::move(principal)},
      bounds_{bounds},
      clock_{clock},
      log_{log},
      executor_{executor},
      queued_{executor},
      room_{executor},
      tasks_{executor, [this](const std::exception_ptr& thrown) { report(thrown); }},
      session_{new_session(core, *principal_)} {}

void Conversation::report(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    log_.error("mcp conversation task failed", {{"detail", error.what()}});
  }
}

void Conversation::queue(std::string message, Receipt receipt) {
  if (abandoned_) return;
  queued_bytes_ += message.size();
  queue_.push_back({std::move(message), std::move(receipt)});
  queued_.notify();
}

bool Conversation::is_full() const {
  return queue_.size() >= bounds_.queued_messages || queued_bytes_ >= bounds_.queued_bytes;
}

Task<void> Conversation::wait_for_room() {
  while (is_full() && !ended_) co_await room_.wait();
}

Task<void> Conversation::send(std::string message) {
  co_await wait_for_room();
  say(std::move(message));
}

void Conversation::say(std::string message) {
  if (!ended_) queue(std::move(message));
}

Task<void> Conversation::until_room(std::chrono::milliseconds limit) { co_await room_.wait(limit); }

std::optional<Conversation::Said> Conversation::take() {
  if (queue_.empty()) return std::nullopt;
  auto message = std::move(queue_.front());
  queue_.pop_front();
  queued_bytes_ -= message.text.size();
  room_.notify();
  return message;
}

void Conversation::end() {
  ended_ = true;
  session_->end();
  calls_.cancel_all();
  room_.notify();
  queued_.notify();
}

void Conversation::abandon() {
  abandoned_ = true;
  queue_.clear();
  queued_bytes_ = 0;
  end();
}

std::optional<Reject> Conversation::accept(ArenaPool::Lease memory, json::value message,
                                           PrincipalPtr caller) {
  principal_ = caller;
  const SessionFact fact{session_->revision, session_->revision != nullptr};
  auto verdict = classify(std::move(message), nullptr, fact, core_.limits().batch);
  if (auto* reject = std::get_if<Reject>(&verdict)) return std::move(*reject);
  if (auto* modern = std::get_if<Modern>(&verdict)) {
    accept_modern(std::move(memory), std::move(*modern), std::move(caller));
  } else {
    accept_legacy(std::move(memory), std::move(std::get<Legacy>(verdict)), caller);
  }
  return std::nullopt;
}

void Conversation::accept_modern(ArenaPool::Lease memory, Modern modern, PrincipalPtr caller) {
  if (modern.message.kind == Message::Kind::notification) {
    calls_.cancel(cancelled_request(modern.message));
    return;
  }
  std::vector<Call> calls;
  calls.push_back(
      modern_call(std::move(modern.message), modern.envelope, std::move(caller), *this));
  start(std::move(memory), std::move(calls), {}, false);
}

void Conversation::accept_legacy(ArenaPool::Lease memory, Legacy legacy,
                                 const PrincipalPtr& caller) {
  std::vector<Call> calls;
  std::vector<std::string> answers;
  for (auto& element : legacy.messages) {
    if (const auto* bad = std::get_if<BadMessage>(&element)) {
      answers.push_back(error_text(bad->id, bad->failure));
      continue;
    }
    auto& message = std::get<Message>(element);
    if (message.kind == Message::Kind::notification) {
      calls_.cancel(cancelled_request(message));
    } else if (message.method == "initialize") {
      return open_session(std::move(message), caller);
    } else if (message.kind == Message::Kind::request) {
      auto& call = calls.emplace_back(legacy_call(std::move(message), session_, caller, *this));
      call.may_ask = !legacy.batch;
    } else {
      session_->questions.answer(message, core_.limits().answer_bytes);
    }
  }
  start(std::move(memory), std::move(calls), std::move(answers), legacy.batch);
}

void Conversation::open_session(Message message, PrincipalPtr caller) {
  auto session = new_session(core_, *caller);
  auto call = legacy_call(std::move(message), session, std::move(caller), *this);
  auto answer = core_.answer_now(call);
  if (!answer) return;
  queue(std::move(answer->text));
  if (answer->failed) return;
  session_->end();
  session_ = session;
  tasks_.spawn(read_news(std::move(session)));
}

void Conversation::start(ArenaPool::Lease memory, std::vector<Call> calls,
                         std::vector<std::string> answers, bool batch) {
  if (calls.empty() && answers.empty()) return;
  if (!batch && calls.size() == 1) {
    if (auto answer = core_.answer_now(calls.front())) return queue(std::move(answer->text));
  }
  if (tasks_.running() >= bounds_.running) {
    for (const auto& call : calls) {
      const Failure failure{RpcCode::internal_error, "Too many requests are running."};
      queue(error_text(call.message.id, failure));
    }
    return;
  }
  tasks_.spawn(serve(std::move(memory), std::move(calls), std::move(answers), batch));
}

// `memory` holds what the calls were parsed into.
Task<void> Conversation::serve([[maybe_unused]] ArenaPool::Lease memory, std::vector<Call> calls,
                               std::vector<std::string> answers, bool batch) {
  Wakeup wakeup{executor_};
  std::vector<RunningCall> running;
  running.reserve(calls.size());
  Receipt receipt;
  bool bounded = true;
  for (auto& call : calls) {
    const auto* rule = find_method(call.message.method);
    if (rule && rule->method == Method::listen) bounded = false;
    running.emplace_back(executor_, wakeup, std::move(call));
  }
  co_await settle(running, wakeup, bounded);
  for (auto& entry : running) {
    auto outcome = entry.outcome(log_);
    if (!outcome) continue;
    answers.push_back(std::move(outcome->text));
    receipt.join(std::move(outcome->receipt));
  }
  if (answers.empty()) {
    queued_.notify();  // perhaps this was the last one running
    co_return;
  }
  auto text = batch ? '[' + gmail_mcp::join(answers, ",") + ']' : std::move(answers.front());
  co_await wait_for_room();
  if (!ended_) queue(std::move(text), std::move(receipt));
}

Task<void> Conversation::settle(std::vector<RunningCall>& running, Wakeup& wakeup, bool bounded) {
  for (auto& entry : running) {
    calls_.add(entry.id(), entry.task());
    entry.start(core_);
  }
  const auto started = clock_.steady_now();
  const auto all_done = [&] {
    return std::ranges::all_of(running,
                               [](const RunningCall& entry) { return entry.task().is_over(); });
  };
  while (!all_done()) {
    if (!bounded) {
      co_await wakeup.wait();
      continue;
    }
    const auto left = time_left(running, started, core_.limits(), clock_.steady_now());
    co_await wakeup.wait(left);
    if (time_left(running, started, core_.limits(), clock_.steady_now()).count() > 0) continue;
    for (auto& entry : running) entry.expire();
    bounded = false;
  }
  for (auto& entry : running) calls_.remove(entry.task());
}

Task<void> Conversation::read_news(SessionPtr session) {
  Wakeup wakeup{executor_};
  const NewsReader reader{session->news, wakeup};
  while (!session->ended() && !core_.bus().closed()) {
    while (auto news = session->news.take()) {
      if (!news->list && !core_.offer().may_see(*principal_, news->uri)) continue;
      auto text = news_text(*news);
      co_await send(std::move(text));
    }
    co_await wakeup.wait();
  }
}

}  // namespace gmail_mcp::mcp
