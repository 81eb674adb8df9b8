#pragma once

// For this folder's tests: a simple client of IMAP and SMTP that only knows lines.

#include <memory>
#include <string>
#include <string_view>

#include "net/dial.h"
#include "sandbox/app_passwords.h"
#include "sandbox/test_bench.h"
#include "sandbox/wire.h"

namespace gmail_mcp::sandbox {

class Talk {
 public:
  Talk(Bench& bench, std::uint16_t port, std::shared_ptr<const net::TlsContext> tls = nullptr)
      : bench_{bench} {
    net::DialOptions options;
    options.host = "127.0.0.1";
    options.port = port;
    options.tls = std::move(tls);
    options.tls_name = "localhost";
    wire_ = std::make_unique<Wire>(bench_.await(net::dial(options)), bench_.loop().get_executor());
  }

  /// Sends the text as it is.
  void send(std::string_view text) {
    wire_->put(text);
    bench_.await(wire_->flush());
  }

  /// The next line.
  std::string line() { return bench_.await(wire_->line(std::size_t{64} << 20)); }

  /// Everything up to and including the line that begins so, with LF between lines.
  std::string until(std::string_view beginning) {
    std::string text;
    while (true) {
      const auto next = line();
      text += next + "\n";
      if (next.starts_with(beginning)) return text;
    }
  }

  /// An IMAP command and its whole answer.
  std::string ask(std::string_view command) {
    send("t " + std::string{command} + "\r\n");
    return until("t ");
  }

  /// An SMTP command and its whole answer.
  std::string say(std::string_view command) {
    send(std::string{command} + "\r\n");
    return reply();
  }
  std::string reply() {
    std::string text;
    while (true) {
      const auto next = line();
      text += next + "\n";
      if (next.size() < 4 || next[3] != '-') return text;
    }
  }

  /// Whether the server has hung up.
  bool is_over() {
    try {
      line();
      return false;
    } catch (const Error&) {
      return true;
    }
  }

  Wire& wire() { return *wire_; }

 private:
  Bench& bench_;
  std::unique_ptr<Wire> wire_;
};

/// A connection to IMAP that `email` has signed in to.
inline Talk imap_talk(Bench& bench, std::string_view email = alex) {
  Talk talk{bench, bench.sandbox().imap_port()};
  talk.line();
  talk.ask("LOGIN " + std::string{email} + " " + bench.sandbox().app_password(email));
  return talk;
}

}  // namespace gmail_mcp::sandbox
