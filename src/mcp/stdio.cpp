#include "mcp/stdio.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

#include "base/side_task.h"
#include "base/text.h"
#include "mcp/conversation.h"
#include "mcp/line_reader.h"

namespace gmail_mcp::mcp {

namespace asio = boost::asio;

namespace {

constexpr std::size_t most_lines_queued = 256;
// A client that has closed its end may still read its answers, but one that hangs must not hold us
// up.
constexpr std::chrono::milliseconds farewell{2'000};

// A duplicate of a borrowed descriptor. Non-blocking mode belongs to the open file, not to the
// duplicate, and a terminal shares it with the shell, so it is restored.
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

// Lines in, lines out, around one conversation.
class Lines {
 public:
  Lines(Core& core, PrincipalPtr principal, int input, int output, Clock& clock, Log& log,
        const Executor& executor)
      : executor_{executor},
        core_{core},
        principal_{principal},
        input_{executor, input},
        output_{executor, output},
        lines_{core.limits().body_bytes},
        changed_{executor},
        writer_{executor, [this](const std::exception_ptr& thrown) { give_up(thrown); }},
        talk_{core, std::move(principal), bounds(core.limits()), clock, log, executor} {}

  Task<void> run();

 private:
  static Conversation::Bounds bounds(const Limits& limits) {
    return {limits.stdio_requests, most_lines_queued, std::numeric_limits<std::size_t>::max()};
  }

  Task<void> read_lines();
  Task<void> await_last_words();
  Task<void> write_lines();
  void give_up(const std::exception_ptr& thrown);
  void accept(LineReader::Line line);

  Executor executor_;
  Core& core_;
  PrincipalPtr principal_;
  Descriptor input_;
  Descriptor output_;
  LineReader lines_;
  ArenaPool arenas_;
  Wakeup changed_;            // notified when one of these becomes true
  bool finished_ = false;     // nothing more will be written
  bool written_ = false;      // all of it
  std::exception_ptr fault_;  // why the writer failed, unless nobody reads
  TaskGroup writer_;
  Conversation talk_;
};

Task<void> Lines::run() {
  writer_.spawn(write_lines());
  std::exception_ptr failure;
  try {
    co_await read_lines();
  } catch (...) {
    failure = std::current_exception();
  }
  talk_.end();
  co_await talk_.join();
  finished_ = true;
  talk_.queued().notify();
  // A cancelled server still says what it has to say.
  co_await uncancelled(executor_, await_last_words());
  writer_.cancel();
  co_await writer_.join();
  if (failure) std::rethrow_exception(failure);
  if (fault_) std::rethrow_exception(fault_);
}

// Returns at the end of the input, or when nobody reads our answers.
Task<void> Lines::read_lines() {
  std::array<char, 65'536> buffer;
  while (!talk_.abandoned()) {
    boost::system::error_code failed;
    const auto size = co_await input_.stream.async_read_some(
        asio::buffer(buffer), asio::redirect_error(use_task, failed));
    // Cut off in the middle of a line: half a message is dropped.
    if (failed == asio::error::operation_aborted) continue;
    if (failed) lines_.finish();
    lines_.feed(std::string_view{buffer.data(), size});
    while (auto line = lines_.next()) {
      accept(std::move(*line));
      // While the client does not read our answers, we do not read its requests.
      while (talk_.is_full() && !talk_.abandoned()) co_await talk_.until_room();
    }
    if (failed) co_return;
  }
}

Task<void> Lines::await_last_words() {
  const auto deadline = std::chrono::steady_clock::now() + farewell;
  while (!written_ && !talk_.abandoned() && std::chrono::steady_clock::now() < deadline) {
    co_await changed_.wait(farewell);
  }
}

// The only task that writes.
Task<void> Lines::write_lines() {
  while (true) {
    while (auto line = talk_.take()) {
      line->text += '\n';
      co_await asio::async_write(output_.stream, asio::buffer(line->text), use_task);
      line->receipt.delivered();
    }
    if (finished_) break;
    co_await talk_.queued().wait();
  }
  written_ = true;
  changed_.notify();
}

void Lines::give_up(const std::exception_ptr& thrown) {
  try {
    std::rethrow_exception(thrown);
  } catch (const boost::system::system_error&) {
    // The client does not read any more.
  } catch (...) {
    fault_ = thrown;
  }
  talk_.abandon();
  changed_.notify();
  input_.stream.cancel();
}

void Lines::accept(LineReader::Line line) {
  const auto& limits = core_.limits();
  if (line.too_long) {
    const Failure failure{RpcCode::parse_error, "The line is longer than " +
                                                    std::to_string(limits.body_bytes) + " bytes."};
    return talk_.queue(error_text({}, failure));
  }
  if (trim(line.text).empty()) return;
  const JsonLimits json_limits{limits.json_depth, limits.json_values};
  auto memory = arenas_.lease();
  auto parsed = parse_json(trim(line.text), json_limits, memory->storage());
  if (const auto* failure = std::get_if<Failure>(&parsed)) {
    return talk_.queue(error_text({}, *failure));
  }
  auto reject =
      talk_.accept(std::move(memory), std::move(std::get<json::value>(parsed)), principal_);
  if (reject) talk_.queue(error_text(reject->id, reject->failure));
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
  Lines lines{core_, principal_, input_, output_, clock_, log_, executor};
  co_await lines.run();
}

}  // namespace gmail_mcp::mcp
