#pragma once

// Private to this folder; others hand mail in by submission.h.
#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"
#include "net/stream.h"
#include "net/tls.h"
#include "smtp/failure.h"
#include "smtp/submission.h"

namespace gmail_mcp::smtp {

/// What the server offered in its last answer to EHLO (RFC 5321 §4.1.1.1).
struct Abilities {
  bool starttls = false;
  bool pipelining = false;
  bool eight_bit = false;
  bool utf8 = false;
  bool size = false;
  std::size_t max_size = 0;  // 0: not said
  bool auth_plain = false, auth_login = false, auth_xoauth2 = false;
};

/// One connection to a server, from the greeting to QUIT. In the frame of the task that uses it.
class Session {
 public:
  Session(const Server& server, const Patience& patience,
          std::shared_ptr<const net::TlsContext> tls);

  /// Connects, encrypts and says hello.
  Task<void> open();
  Task<void> sign_in(const Login& login);
  /// MAIL FROM, the recipients and the letter.
  Task<void> hand_in(const Letter& letter);
  /// Says goodbye without waiting for an answer.
  void leave();

 private:
  Task<void> hello();
  Task<void> upgrade();
  Task<void> envelope(const Letter& letter);
  Task<void> body(std::string_view bytes);
  /// Whether the server has said or done something.
  bool hears();
  /// Throws an Error with what the server said, or that the connection broke.
  Task<void> hear_out(std::string why);
  Task<void> verdict(const Letter& letter);
  Task<Reply> command(std::string line);
  Task<void> write(std::string_view bytes, std::chrono::milliseconds limit);
  Task<Reply> reply(std::chrono::milliseconds limit);
  Task<Reply> read_reply();
  std::string mail_from(const Letter& letter) const;

  const Server& server_;
  const Patience& patience_;
  std::shared_ptr<const net::TlsContext> tls_;
  std::unique_ptr<net::Stream> stream_;
  std::string unread_;  // received, not yet looked at
  Abilities can_;
};

/// The two ways a conversation ends without a verdict of the server: `broken`, and nonsense in an
/// answer.
Error broken(std::string detail);
Error nonsense();

/// Which abilities the text of an EHLO reply names.
Abilities abilities(const Reply& hello);

}  // namespace gmail_mcp::smtp
