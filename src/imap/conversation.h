#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/task.h"
#include "imap/client.h"
#include "imap/command.h"
#include "imap/frame.h"
#include "imap/response.h"
#include "net/stream.h"

namespace gmail_mcp::imap {

/// The exchange of commands and answers on one connection: commands are sent as they come, and each
/// answer reaches the call that waits for it. Knows the protocol's form, not the meaning of its
/// commands. One loop.
///
/// Nothing reads in the background: one of the waiting calls reads for all.
class Conversation {
 public:
  /// Called with every response; `taken`: by the command it belongs to. Borrowed.
  using Overhear = std::function<void(const Response&, bool taken)>;
  /// Whether this response belongs to the command; it may be moved from if it does.
  using Take = std::function<bool(Response&)>;

  struct Command {
    std::vector<CommandPiece> pieces;  // without tag, with the line break at the end
    std::vector<std::string> answers;  // to `+` when no literal is waiting for it
    bool is_secret = false;            // its bytes are wiped once sent
    /// No byte of the server may follow its answer: the stream is about to be replaced.
    bool ends_stream = false;
    Take take;
  };

  Conversation(const Executor& executor, std::unique_ptr<net::Stream> stream, Limits limits,
               Overhear overhear);
  ~Conversation();

  Task<StatusResponse> greeting();

  /// Sends a command and returns its end, whatever that says. Throws `unavailable` or `timeout`
  /// when the connection is lost or unusable; cancelling it closes the connection.
  Task<StatusResponse> run(Command command);

  /// IDLE (RFC 2177) until `happened()` is true or `limit` has passed. Returns the server's answer
  /// to it.
  Task<StatusResponse> idle(std::chrono::milliseconds limit, std::function<bool()> happened);

  /// For adding TLS or compression. No command may be running.
  std::unique_ptr<net::Stream> take_stream() { return std::move(stream_); }
  void set_stream(std::unique_ptr<net::Stream> stream) { stream_ = std::move(stream); }
  /// Closes the connection. Calls that wait get the failure that was reported first.
  void close();
  void doubt() { is_doubted_ = true; }
  std::chrono::milliseconds limit_silence(std::chrono::milliseconds silence) {
    return std::exchange(limits_.silence, silence);
  }

  bool is_open() const { return !failure_ && stream_ != nullptr; }
  /// The same, and also checks whether the other side has hung up.
  bool is_alive() const { return is_open() && !stream_->peer_is_gone(); }
  std::size_t in_flight() const { return pending_.size(); }
  bool is_saying_goodbye() const { return bye_.has_value(); }

 private:
  struct Pending;
  class Turn;
  class Attendance;

  Task<void> drive(Pending& mine);
  Task<void> send();
  Task<void> write(std::string bytes, bool is_secret);
  Task<void> others();
  /// Reads what has arrived, or waits for it; false when nothing came in time.
  Task<bool> receive(std::chrono::milliseconds limit);
  Task<void> receive();
  Task<void> let_others_run();
  void consume(std::string_view bytes);
  void dispatch(Response response);
  void dispatch_end(StatusResponse status);
  void dispatch_continuation();
  bool offer(Response& response);
  void fail(Error error);
  [[noreturn]] void give_up(Error error);
  std::string next_tag();

  Limits limits_;
  std::unique_ptr<net::Stream> stream_;
  Framer framer_;
  Overhear overhear_;
  Timer changed_;  // never expires; cancelled when waiting calls should look again
  std::unique_ptr<char[]> buffer_;
  std::optional<std::chrono::steady_clock::time_point> begun_;  // a response that is not whole yet
  std::vector<Pending*> pending_;                               // in the order they were begun
  std::optional<StatusResponse> greeting_;
  std::optional<StatusResponse> bye_;
  std::optional<Error> failure_;
  Pending* literal_of_ = nullptr;  // the command whose literal waits for `+`
  std::size_t read_in_turn_ = 0;   // bytes since the others had their turn
  bool is_driven_ = false;
  bool is_sending_ = false;
  bool is_idling_ = false;
  bool is_doubted_ = false;  // until the next byte
  unsigned tags_ = 0;
};

}  // namespace gmail_mcp::imap
