#include "mcp/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <deque>
#include <system_error>
#include <utility>

#include "base/text.h"
#include "mcp/classify.h"
#include "mcp/json_arena.h"
#include "mcp/line_reader.h"
#include "mcp/params.h"
#include "mcp/running_call.h"

namespace gmail_mcp::mcp {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_queued = 256;
// A client that has closed its end still reads what it asked for; one that hangs does not hold us.
constexpr std::chrono::milliseconds farewell{2'000};

// A copy of somebody's descriptor. Non-blocking mode belongs to the open file, not to the copy, and
// a terminal shares it with the shell, so it is put back.
class Descriptor {
 public:
  Descriptor(const Executor& executor, int borrowed)
      : flags_{::fcntl(borrowed, F_GETFL)}, stream{executor, copy_of(borrowed)} {}
  ~Descriptor() {
    if (flags_ >= 0) ::fcntl(stream.native_handle(), F_SETFL, flags_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

 private:
  static int copy_of(int descriptor) {
    const int copy = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) throw std::system_error{errno, std::generic_category(), "stdio"};
    return copy;
  }
  int flags_;

 public:
  asio::posix::basic_stream_descriptor<Executor> stream;
};

class Conversation final : public Outlet {
 public:
  Conversation(Core& core, PrincipalPtr principal, int input, int output, Clock& clock, Log& log,
               const Executor& executor)
      : core_{core},
        principal_{std::move(principal)},
        clock_{clock},
        log_{log},
        executor_{executor},
        input_{executor, input},
        output_{executor, output},
        lines_{core.limits().body_bytes},
        queued_{executor},
        room_{executor},
        writer_{executor, [this](const std::exception_ptr&) { give_up(); }},
        tasks_{executor, [this](const std::exception_ptr& thrown) { report(thrown); }},
        session_{std::make_shared<Session>(core.bus(), "stdio", principal_->identity())} {}

  Task<void> run();
  Task<void> send(std::string message) override;
  bool is_gone() override { return broken_; }

 private:
  struct Line {
    std::string text;
    Receipt receipt;
  };

  Task<void> read_lines();
  Task<void> say_goodbye();
  Task<void> write_lines();
  void give_up();
  void report(const std::exception_ptr& thrown);

  void accept(LineReader::Line line);
  void accept_modern(ArenaPool::Lease memory, Modern modern);
  void accept_legacy(ArenaPool::Lease memory, Legacy legacy);
  void open_session(Message message);
  Task<void> wait_for_room();
  void queue(std::string message, Receipt receipt = {});
  void start(ArenaPool::Lease memory, std::vector<Call> calls, std::vector<std::string> answers,
             bool batch);
  Task<void> serve(ArenaPool::Lease memory, std::vector<Call> calls,
                   std::vector<std::string> answers, bool batch);
  Task<void> settle(std::vector<RunningCall>& running, Wakeup& wakeup, bool bounded);
  Task<void> read_news(SessionPtr session);

  Core& core_;
  PrincipalPtr principal_;
  Clock& clock_;
  Log& log_;
  Executor executor_;
  Descriptor input_;
  Descriptor output_;
  LineReader lines_;
  ArenaPool arenas_;
  std::deque<Line> queue_;
  Wakeup queued_;
  Wakeup room_;
  TaskGroup writer_;
  TaskGroup tasks_;
  SessionPtr session_;  // without a revision until `initialize`
  FlightList flights_;
  bool closing_ = false;
  bool broken_ = false;   // nobody reads us any more
  bool written_ = false;  // all that was queued
};

Task<void> Conversation::run() {
  writer_.spawn(write_lines());
  co_await asio::this_coro::throw_if_cancelled(false);
  std::exception_ptr failure;
  try {
    co_await read_lines();
  } catch (...) {
    failure = std::current_exception();
  }
  const auto state = co_await asio::this_coro::cancellation_state;
  const bool cancelled = state.cancelled() != asio::cancellation_type::none;
  co_await asio::this_coro::reset_cancellation_state(asio::disable_cancellation());
  co_await say_goodbye();
  co_await asio::this_coro::reset_cancellation_state(asio::enable_terminal_cancellation());
  co_await asio::this_coro::throw_if_cancelled(true);
  if (failure) std::rethrow_exception(failure);
  if (cancelled) throw boost::system::system_error{asio::error::operation_aborted};
}

// Returns at the end of the input or when cancelled.
Task<void> Conversation::read_lines() {
  std::array<char, 65'536> buffer;
  while (!broken_) {
    boost::system::error_code failed;
    const auto size = co_await input_.stream.async_read_some(
        asio::buffer(buffer), asio::redirect_error(use_task, failed));
    const auto state = co_await asio::this_coro::cancellation_state;
    if (state.cancelled() != asio::cancellation_type::none) co_return;
    if (failed) lines_.finish();
    lines_.feed(std::string_view{buffer.data(), size});
    while (auto line = lines_.next()) {
      accept(std::move(*line));
      // Who does not read our answers is not read either.
      while (queue_.size() >= most_queued && !broken_) {
        co_await room_.wait();
        const auto waited = co_await asio::this_coro::cancellation_state;
        if (waited.cancelled() != asio::cancellation_type::none) co_return;
      }
    }
    if (failed) co_return;
  }
}

Task<void> Conversation::say_goodbye() {
  closing_ = true;
  session_->end();
  flights_.cancel_all();
  room_.notify();
  co_await tasks_.join();
  queued_.notify();
  const auto deadline = std::chrono::steady_clock::now() + farewell;
  while (!written_ && !broken_ && std::chrono::steady_clock::now() < deadline) {
    co_await room_.wait(farewell);
  }
  writer_.cancel();
  co_await writer_.join();
}

Task<void> Conversation::wait_for_room() {
  while (queue_.size() >= most_queued && !closing_ && !broken_) co_await room_.wait();
}

Task<void> Conversation::send(std::string message) {
  co_await wait_for_room();
  if (!closing_) queue(std::move(message));
}

void Conversation::queue(std::string message, Receipt receipt) {
  if (broken_) return;
  message += '\n';
  queue_.push_back({std::move(message), std::move(receipt)});
  queued_.notify();
}

// The only task that writes: cancelling a request never cuts a line.
Task<void> Conversation::write_lines() {
  while (true) {
    while (!queue_.empty()) {
      auto line = std::move(queue_.front());
      queue_.pop_front();
      room_.notify();
      co_await asio::async_write(output_.stream, asio::buffer(line.text), use_task);
      line.receipt.delivered();
    }
    if (closing_) break;
    co_await queued_.wait();
  }
  written_ = true;
  room_.notify();
}

void Conversation::give_up() {
  broken_ = true;
  queue_.clear();
  room_.notify();
  input_.stream.cancel();
}

void Conversation::report(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& error) {
    log_.error("mcp stdio task failed", {{"detail", error.what()}});
  }
}

void Conversation::accept(LineReader::Line line) {
  const auto& limits = core_.limits();
  if (line.too_long) {
    const Failure failure{RpcCode::parse_error, "The line is longer than " +
                                                    std::to_string(limits.body_bytes) + " bytes."};
    return queue(error_text({}, failure));
  }
  if (trim(line.text).empty()) return;
  const JsonLimits json_limits{limits.json_depth, limits.json_values};
  auto memory = arenas_.lease();
  auto parsed = parse_json(trim(line.text), json_limits, memory->storage());
  if (const auto* failure = std::get_if<Failure>(&parsed)) {
    return queue(error_text({}, *failure));
  }
  const SessionFact fact{session_->revision, session_->revision != nullptr};
  auto verdict = classify(std::move(std::get<json::value>(parsed)), nullptr, fact, limits.batch);
  if (const auto* reject = std::get_if<Reject>(&verdict)) {
    queue(error_text(reject->id, reject->failure));
  } else if (auto* modern = std::get_if<Modern>(&verdict)) {
    accept_modern(std::move(memory), std::move(*modern));
  } else {
    accept_legacy(std::move(memory), std::move(std::get<Legacy>(verdict)));
  }
}

void Conversation::accept_modern(ArenaPool::Lease memory, Modern modern) {
  if (modern.message.kind == Message::Kind::notification) {
    flights_.cancel(cancelled_request(modern.message));
    return;
  }
  std::vector<Call> calls;
  calls.push_back(modern_call(std::move(modern.message), modern.envelope, principal_, *this));
  start(std::move(memory), std::move(calls), {}, false);
}

void Conversation::accept_legacy(ArenaPool::Lease memory, Legacy legacy) {
  std::vector<Call> calls;
  std::vector<std::string> answers;
  for (auto& element : legacy.messages) {
    if (const auto* bad = std::get_if<BadMessage>(&element)) {
      answers.push_back(error_text(bad->id, bad->failure));
      continue;
    }
    auto& message = std::get<Message>(element);
    if (message.kind == Message::Kind::notification) {
      flights_.cancel(cancelled_request(message));
    } else if (message.method == "initialize") {
      return open_session(std::move(message));
    } else if (message.kind == Message::Kind::request) {
      calls.push_back(legacy_call(std::move(message), session_, principal_, *this));
    }
  }
  start(std::move(memory), std::move(calls), std::move(answers), legacy.batch);
}

void Conversation::open_session(Message message) {
  auto session = std::make_shared<Session>(core_.bus(), "stdio", principal_->identity());
  auto call = legacy_call(std::move(message), session, principal_, *this);
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
  if (tasks_.running() >= core_.limits().stdio_requests) {
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
    running.emplace_back(wakeup, std::move(call));
  }
  co_await settle(running, wakeup, bounded);
  for (auto& entry : running) {
    auto outcome = entry.outcome(log_);
    if (!outcome) continue;
    answers.push_back(std::move(outcome->text));
    receipt.join(std::move(outcome->receipt));
  }
  if (answers.empty()) co_return;
  auto text = batch ? '[' + join(answers, ",") + ']' : std::move(answers.front());
  co_await wait_for_room();
  if (!closing_) queue(std::move(text), std::move(receipt));
}

Task<void> Conversation::settle(std::vector<RunningCall>& running, Wakeup& wakeup, bool bounded) {
  for (auto& entry : running) {
    flights_.add(entry.id(), entry.flight());
    entry.start(core_, executor_);
  }
  const auto deadline = clock_.steady_now() + core_.limits().max_runtime;
  const auto all_done = [&] {
    return std::ranges::all_of(running,
                               [](const RunningCall& entry) { return entry.flight().done(); });
  };
  while (!all_done()) {
    if (!bounded) {
      co_await wakeup.wait();
      continue;
    }
    const auto left = deadline - clock_.steady_now();
    co_await wakeup.wait(std::chrono::ceil<std::chrono::milliseconds>(left));
    if (clock_.steady_now() < deadline) continue;
    for (auto& entry : running) entry.expire();
    bounded = false;
  }
  for (auto& entry : running) flights_.remove(entry.flight());
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

}  // namespace

Stdio::Stdio(Core& core, PrincipalPtr principal, int input, int output, Clock& clock, Log& log)
    : core_{core},
      principal_{std::move(principal)},
      input_{input},
      output_{output},
      clock_{clock},
      log_{log} {}

Task<void> Stdio::run() {
  const auto executor = co_await current_executor();
  Conversation conversation{core_, principal_, input_, output_, clock_, log_, executor};
  co_await conversation.run();
}

}  // namespace gmail_mcp::mcp
