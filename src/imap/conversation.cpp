#include "imap/conversation.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <span>
#include <utility>

#include "imap/failure.h"

namespace gmail_mcp::imap {

namespace asio = boost::asio;

namespace {

using std::chrono::steady_clock;
using Condition = StatusResponse::Condition;

constexpr std::size_t buffer_size = std::size_t{32} << 10;
// How much one connection may read before the rest of the loop has a turn.
constexpr std::size_t most_in_a_turn = std::size_t{64} << 10;
// The size of the pieces in which a large literal is sent; each must be sent within the silence
// limit.
constexpr std::size_t write_size = std::size_t{256} << 10;

Error out_of_step() {
  return {Errc::unavailable, "The mail server's answer could not be understood.", "Try again."};
}

Error too_slow() {
  return {Errc::timeout, "The mail server did not answer in time.", "Try again."};
}

struct FalseAgain {
  bool& flag;
  ~FalseAgain() { flag = false; }
};

}  // namespace

// A command under way. Lives in the frame of its call.
struct Conversation::Pending {
  std::string tag;
  Command command;
  std::size_t sent = 0;      // pieces
  std::size_t answered = 0;  // answers
  bool idles = false;
  std::optional<StatusResponse> end;
  std::exception_ptr thrown;  // by the command's own `take`
};

// A call that ends before its command does would leave us out of step, so it closes the connection.
class Conversation::Attendance {
 public:
  Attendance(Conversation& all, Pending& mine) : all_{all}, mine_{mine} {
    all_.pending_.push_back(&mine_);
  }
  ~Attendance() {
    if (!mine_.end) {
      std::erase(all_.pending_, &mine_);
      all_.fail(connection_lost());
    }
    if (all_.pending_.empty()) all_.buffer_.reset();
  }
  Attendance(const Attendance&) = delete;
  Attendance& operator=(const Attendance&) = delete;

 private:
  Conversation& all_;
  Pending& mine_;
};

// Held by the one call that reads for all.
class Conversation::Turn {
 public:
  explicit Turn(Conversation& all) : all_{all} { all_.is_driven_ = true; }
  ~Turn() {
    all_.is_driven_ = false;
    all_.changed_.cancel();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

 private:
  Conversation& all_;
};

Conversation::Conversation(const Executor& executor, std::unique_ptr<net::Stream> stream,
                           Limits limits, Overhear overhear)
    : limits_{limits},
      stream_{std::move(stream)},
      framer_{FrameLimits{.line = limits.line,
                          .search_line = limits.search_line,
                          .literal = limits.literal,
                          .response = limits.response}},
      overhear_{std::move(overhear)},
      changed_{executor, Timer::time_point::max()} {}

Conversation::~Conversation() { close(); }

void Conversation::close() { fail(connection_lost()); }

void Conversation::fail(Error error) {
  if (!failure_) failure_ = std::move(error);
  if (stream_) stream_->close();
  changed_.cancel();
}

void Conversation::give_up(Error error) {
  fail(std::move(error));
  throw *failure_;
}

std::string Conversation::next_tag() { return "A" + std::to_string(++tags_); }

Task<StatusResponse> Conversation::greeting() {
  while (!greeting_) co_await receive();
  buffer_.reset();
  co_return *greeting_;
}

Task<StatusResponse> Conversation::run(Command command) {
  if (failure_) throw *failure_;
  Pending mine;
  mine.tag = next_tag();
  mine.command = std::move(command);
  mine.command.pieces.front().bytes.insert(0, mine.tag + " ");
  Attendance attendance{*this, mine};
  // Another call reads; our command is sent all the same.
  if (is_driven_) co_await send();
  co_await drive(mine);
  co_return std::move(*mine.end);
}

Task<void> Conversation::drive(Pending& mine) {
  while (!mine.end) {
    if (mine.thrown) std::rethrow_exception(mine.thrown);
    if (failure_) throw *failure_;
    if (is_driven_) {
      co_await others();
      continue;
    }
    Turn turn{*this};
    co_await send();
    co_await receive();
  }
  if (mine.thrown) std::rethrow_exception(mine.thrown);
}

Task<void> Conversation::others() {
  boost::system::error_code ignored;
  co_await changed_.async_wait(asio::redirect_error(use_task, ignored));
}

Task<void> Conversation::send() {
  if (is_sending_) co_return;  // the call that sends will send ours, too
  is_sending_ = true;
  const FalseAgain done{is_sending_};
  while (literal_of_ == nullptr && !failure_) {
    const auto at = std::find_if(pending_.begin(), pending_.end(), [](const Pending* one) {
      return one->sent < one->command.pieces.size();
    });
    if (at == pending_.end()) co_return;
    auto& next = **at;
    auto& piece = next.command.pieces[next.sent];
    if (piece.waits) {
      piece.waits = false;
      literal_of_ = &next;
      co_return;
    }
    ++next.sent;
    const bool is_secret = next.command.is_secret;
    auto bytes = std::move(piece.bytes);
    co_await write(std::move(bytes), is_secret);
  }
}

Task<void> Conversation::write(std::string bytes, bool is_secret) {
  std::string_view left = bytes;
  while (!left.empty() && !failure_) {
    const auto some = left.substr(0, write_size);
    left.remove_prefix(some.size());
    co_await with_deadline(limits_.silence, stream_->write(some));
  }
  if (is_secret) OPENSSL_cleanse(bytes.data(), bytes.size());
}

// A server that never pauses would keep the rest of the loop from running.
Task<void> Conversation::let_others_run() {
  read_in_turn_ = 0;
  co_await asio::post(changed_.get_executor(), use_task);
}

Task<void> Conversation::receive() {
  const bool is_doubted = is_doubted_;
  const auto limit = is_doubted ? std::min(limits_.first_word, limits_.silence) : limits_.silence;
  const bool came = co_await receive(limit);
  if (!came) give_up(is_doubted ? connection_lost() : too_slow());
}

Task<bool> Conversation::receive(std::chrono::milliseconds limit) {
  const auto until = steady_clock::now() + limit;
  while (true) {
    if (failure_) throw *failure_;
    if (!buffer_) buffer_ = std::make_unique_for_overwrite<char[]>(buffer_size);
    const auto progress = stream_->try_read(std::span{buffer_.get(), buffer_size});
    switch (progress.state) {
      case net::Stream::State::ok:
        is_doubted_ = false;
        consume({buffer_.get(), progress.bytes});
        read_in_turn_ += progress.bytes;
        if (read_in_turn_ >= most_in_a_turn) co_await let_others_run();
        co_return true;
      case net::Stream::State::ended:
      case net::Stream::State::failed: {
        give_up(bye_ ? failure_of(*bye_, Asked::command) : connection_lost());
      }
      case net::Stream::State::needs_read:
      case net::Stream::State::needs_write: break;
    }
    const auto now = steady_clock::now();
    auto last = until;
    if (begun_) {
      // Each byte ends a silence, so a response that comes in single bytes would otherwise go on
      // for ever.
      const auto end = *begun_ + limits_.drip;
      if (now >= end) give_up(too_slow());
      last = std::min(until, end);
    }
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(last - now);
    if (left.count() <= 0) co_return false;
    if (is_idling_) buffer_.reset();
    auto ready = progress.state == net::Stream::State::needs_read ? stream_->wait_readable()
                                                                  : stream_->wait_writable();
    try {
      co_await with_deadline(left, std::move(ready));
    } catch (const Error& error) {
      if (error.code != Errc::timeout) throw;
    }
  }
}

void Conversation::consume(std::string_view bytes) {
  while (!bytes.empty() && !failure_) {
    auto frame = framer_.take(bytes);
    if (!frame) return fail(std::move(frame).error());
    if (!*frame) {
      if (!begun_ && !framer_.is_between()) begun_ = steady_clock::now();
      return;
    }
    begun_.reset();
    auto response = read_response(std::move(**frame));
    if (!response) return fail(std::move(response).error());
    const auto* status = std::get_if<StatusResponse>(&*response);
    const bool ends_stream =
        status != nullptr && std::any_of(pending_.begin(), pending_.end(), [&](const Pending* one) {
          return one->command.ends_stream && one->tag == status->tag;
        });
    dispatch(std::move(*response));
    // What came unencrypted must not be taken for something sent under TLS.
    if (ends_stream && !bytes.empty()) return fail(out_of_step());
  }
}

void Conversation::dispatch(Response response) {
  auto* status = std::get_if<StatusResponse>(&response);
  if (!greeting_) {
    if (status == nullptr || !status->tag.empty()) return fail(out_of_step());
    greeting_ = *status;
    overhear_(response, false);
    return;
  }
  if (status != nullptr && !status->tag.empty()) return dispatch_end(std::move(*status));
  if (std::holds_alternative<Continuation>(response)) return dispatch_continuation();
  if (status != nullptr && status->condition == Condition::bye) bye_ = *status;
  const bool taken = offer(response);
  overhear_(response, taken);
}

bool Conversation::offer(Response& response) {
  for (auto* one : pending_) {
    if (!one->command.take || one->sent == 0) continue;
    try {
      if (one->command.take(response)) return true;
    } catch (...) {
      // The failure belongs to that call, not to the one that reads at the moment.
      one->thrown = std::current_exception();
      fail(connection_lost());
      return true;
    }
  }
  return false;
}

void Conversation::dispatch_end(StatusResponse status) {
  const auto at = std::find_if(pending_.begin(), pending_.end(), [&](const Pending* one) {
    return one->tag == status.tag && one->sent > 0;
  });
  const bool is_sense = at != pending_.end() &&
                        (status.condition == Condition::ok || status.condition == Condition::no ||
                         status.condition == Condition::bad);
  if (!is_sense) return fail(out_of_step());
  auto& ended = **at;
  // The command was refused before all of it was sent: the rest is not sent.
  if (literal_of_ == &ended) literal_of_ = nullptr;
  if (ended.sent < ended.command.pieces.size() && status.condition == Condition::ok) {
    return fail(out_of_step());
  }
  pending_.erase(at);
  // Codes in a tagged OK (COPYUID, CAPABILITY) are read like untagged ones.
  ended.end = status;
  overhear_(Response{std::move(status)}, true);
  changed_.cancel();
}

void Conversation::dispatch_continuation() {
  if (literal_of_ != nullptr) {
    literal_of_ = nullptr;
    return;
  }
  if (pending_.empty() || pending_.front()->sent == 0) return fail(out_of_step());
  auto& first = *pending_.front();
  if (first.idles && !is_idling_) {
    is_idling_ = true;
    return;
  }
  auto& command = first.command;
  // `*` cancels a dialogue that we cannot continue (RFC 3501 §6.2.1); once is enough.
  const bool has_answer = first.answered < command.answers.size();
  if (!command.is_secret || (!has_answer && first.answered > command.answers.size())) {
    return fail(out_of_step());
  }
  auto answer = has_answer ? std::move(command.answers[first.answered]) : std::string{"*"};
  ++first.answered;
  command.pieces.push_back({.bytes = std::move(answer) + "\r\n"});
}

Task<StatusResponse> Conversation::idle(std::chrono::milliseconds limit,
                                        std::function<bool()> happened) {
  if (failure_) throw *failure_;
  if (!pending_.empty()) throw Error{Errc::internal, "IDLE must be alone on a connection."};
  const auto until = steady_clock::now() + limit;
  Pending mine;
  mine.tag = next_tag();
  mine.idles = true;
  mine.command.pieces.push_back({.bytes = mine.tag + " IDLE\r\n"});
  Attendance attendance{*this, mine};
  const FalseAgain over{is_idling_};
  Turn turn{*this};
  co_await send();
  while (!is_idling_ && !mine.end) co_await receive();
  while (!mine.end && !happened()) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - steady_clock::now());
    const bool came = co_await receive(left);
    if (!came) break;
  }
  is_idling_ = false;
  if (!mine.end) {
    std::string done = "DONE\r\n";
    co_await write(std::move(done), false);
  }
  while (!mine.end) co_await receive();
  co_return std::move(*mine.end);
}

}  // namespace gmail_mcp::imap
