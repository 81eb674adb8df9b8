#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/task.h"

namespace gmail_mcp::smtp {

/// How a connection becomes encrypted. `none` is accepted for loopback alone.
enum class Encryption { implicit, starttls, none };

/// The server that mail is handed in to (RFC 6409).
struct Server {
  std::string host;
  std::uint16_t port = 465;
  Encryption encryption = Encryption::implicit;
  std::string ca_file;  // PEM bundle instead of the system's authorities; "": the system's
};

/// How long the server may take. Shorter than RFC 5321 §4.5.3.2 asks of a relay with a queue,
/// because a caller waits for us.
struct Patience {
  std::chrono::milliseconds connect{10'000};  // TLS included
  std::chrono::milliseconds reply{30'000};    // to a command
  std::chrono::milliseconds block{60'000};    // for taking each 64 KiB of the letter
  /// For the verdict on the letter, after the final dot: as long as RFC 5321 §4.5.3.2.6 asks for,
  /// because giving up earlier may lead to sending twice. The caller need not wait so long: see
  /// Letter::handed_over.
  std::chrono::milliseconds verdict{600'000};
  std::chrono::milliseconds goodbye{2'000};  // for saying why it hung up
};

/// Who hands it in. `password` is an App Password (AUTH PLAIN or LOGIN) or, with `is_bearer`, an
/// access token (AUTH XOAUTH2).
struct Login {
  std::string address;
  Secret password;
  bool is_bearer = false;
};

/// What goes out: RFC 5322 bytes without Bcc, and the envelope (RFC 5321), bare addresses.
struct Letter {
  std::string from;
  std::vector<std::string> to;
  std::string bytes;
  std::function<void()> handed_over;  // called once the final dot is out; may be none
};

/// Hands mail in by SMTP (RFC 5321), each time on a new connection. Keeps no connection, password
/// or letter in between. One loop; outlives what runs on it.
class Submission {
 public:
  explicit Submission(Server server, Patience patience = {});
  ~Submission();

  /// Signs in and leaves, to see whether the login is good. Throws as `submit` does.
  Task<void> verify(Login login);

  /// An effect: exactly one attempt. The server has taken the letter when it returns. Throws Error,
  /// by smtp/failure.h: `reconnect_required` for a refused login, `rate_limited` with retry_after,
  /// `too_large`, `invalid_argument` for refused recipients or content, `unavailable` for certain
  /// failures before the final dot, `outcome_unknown` when the final dot may have reached the
  /// server and no reply did. Cancelled before the final dot, nothing has been sent.
  Task<void> submit(Login login, Letter letter);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::smtp
