#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/secret.h"
#include "base/task.h"

namespace gmail_mcp::transfer {
class Engine;
}

namespace gmail_mcp::smtp {

/// How a connection becomes encrypted. `none` is accepted for loopback alone.
enum class Encryption { implicit, starttls, none };

/// Where mail is handed in (RFC 6409).
struct Server {
  std::string host;
  std::uint16_t port = 465;
  Encryption encryption = Encryption::implicit;
  std::string ca_file;  // PEM bundle instead of the system's authorities; "": the system's
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
};

/// Hands mail in by SMTP over libcurl. One loop; outlived by nothing but its engine.
class Submission {
 public:
  Submission(transfer::Engine& engine, Server server);
  ~Submission();

  /// Signs in and leaves: whether the login is good. Throws as `submit` does.
  Task<void> verify(Login login);

  /// An effect: exactly one attempt, on a connection of its own. The server has taken the letter
  /// when it returns. Throws Error (`reference` texts of Gmail §C7 decide the code):
  /// `reconnect_required` for a refused login, `rate_limited` with retry_after, `too_large`,
  /// `invalid_argument` for refused recipients or content, `unavailable` for certain failures
  /// before the final dot, `outcome_unknown` when the final dot may have reached the server and no
  /// reply did.
  Task<void> submit(Login login, Letter letter);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::smtp
