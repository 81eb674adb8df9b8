#include "smtp/session.h"

#include <array>
#include <charconv>
#include <utility>

#include "base/text.h"
#include "crypto/base64.h"
#include "net/dial.h"

namespace gmail_mcp::smtp {

namespace {

constexpr std::size_t longest_line = 4096;  // RFC 5321 §4.5.3.1.5 asks for 512

std::string plain_response(const Login& login) {
  std::string out(1, '\0');
  out += login.address;
  out += '\0';
  out += login.password.reveal();
  return crypto::base64_encode(out);
}

std::string xoauth2_response(const Login& login) {
  return crypto::base64_encode("user=" + login.address +
                               "\x01"
                               "auth=Bearer " +
                               login.password.reveal() + "\x01\x01");
}

}  // namespace

Error broken(std::string detail) {
  return Error{Errc::unavailable, "The connection to the mail server broke.",
               "Nothing was sent; try again in a minute."}
      .with_detail(std::move(detail));
}

Error nonsense() {
  return Error{Errc::unavailable, "The mail server's answer could not be understood.",
               "Check mail.smtp_host, mail.smtp_port and mail.smtp_tls."};
}

Abilities abilities(const Reply& hello) {
  Abilities can;
  bool first = true;  // the first line is the greeting
  for (const auto& line : split(hello.text, '\n')) {
    if (std::exchange(first, false)) continue;
    auto said = to_lower_ascii(line);
    // "AUTH=LOGIN PLAIN" is how servers once said it to old clients.
    if (said.starts_with("auth=")) said[4] = ' ';
    const auto words = split(said, ' ');
    can.starttls |= words[0] == "starttls";
    can.pipelining |= words[0] == "pipelining";
    can.eight_bit |= words[0] == "8bitmime";
    can.utf8 |= words[0] == "smtputf8";
    if (words[0] == "size") {
      can.size = true;
      if (words.size() > 1) {
        std::from_chars(words[1].data(), words[1].data() + words[1].size(), can.max_size);
      }
    }
    if (words[0] != "auth") continue;
    for (const auto& word : words) {
      can.auth_plain |= word == "plain";
      can.auth_login |= word == "login";
      can.auth_xoauth2 |= word == "xoauth2";
    }
  }
  return can;
}

Session::Session(const Server& server, const Patience& patience,
                 std::shared_ptr<const net::TlsContext> tls)
    : server_{server}, patience_{patience}, tls_{std::move(tls)} {}

Task<void> Session::open() {
  net::DialOptions options;
  options.host = server_.host;
  options.port = server_.port;
  if (server_.encryption == Encryption::implicit) options.tls = tls_;
  options.timeout = patience_.connect;
  try {
    stream_ = co_await net::dial(std::move(options));
  } catch (const Error& failure) {
    if (failure.code == Errc::misconfigured) throw;
    // The failure already names the server; nothing was sent to it.
    throw Error{Errc::unavailable, failure.message,
                "Nothing was sent; try again in a minute. " + failure.hint}
        .with_detail(failure.detail);
  }
  const auto greeting = co_await reply(patience_.reply);
  if (!greeting.is_positive()) throw explain(Stage::greeting, greeting);
  co_await hello();
  if (server_.encryption == Encryption::starttls) co_await upgrade();
}

Task<void> Session::hello() {
  // A fixed address literal: the server need not learn our name.
  const auto answer = co_await command("EHLO [127.0.0.1]");
  if (!answer.is_positive()) throw explain(Stage::greeting, answer);
  can_ = abilities(answer);
}

Task<void> Session::upgrade() {
  if (!can_.starttls) {
    throw Error{Errc::misconfigured, "The mail server does not offer STARTTLS.",
                "Check mail.smtp_port and mail.smtp_tls; nothing is sent unencrypted."};
  }
  const auto answer = co_await command("STARTTLS");
  if (!answer.is_positive()) throw explain(Stage::greeting, answer);
  // Bytes that an attacker slipped in before the encryption must not count as sent within it (RFC
  // 3207 §6).
  if (!unread_.empty()) throw nonsense();
  stream_ = co_await net::start_tls(std::move(stream_), server_.host, tls_, patience_.connect);
  co_await hello();
}

Task<void> Session::sign_in(const Login& login) {
  if (!can_.auth_plain && !can_.auth_login && !can_.auth_xoauth2) {
    throw Error{Errc::misconfigured, "The mail server offers no login that we know.",
                "Check mail.smtp_host, mail.smtp_port and mail.smtp_tls."};
  }
  Reply answer;
  if (login.is_bearer) {
    if (!can_.auth_xoauth2) {
      throw Error{Errc::unsupported, "The mail server takes no access tokens.",
                  "Connect the account with an App Password."};
    }
    answer = co_await command("AUTH XOAUTH2 " + xoauth2_response(login));
    // The reasons come as JSON; the refusal itself follows our empty line.
    if (answer.code == 334) answer = co_await command("");
  } else if (can_.auth_plain) {
    answer = co_await command("AUTH PLAIN " + plain_response(login));
  } else if (can_.auth_login) {
    answer = co_await command("AUTH LOGIN");
    if (answer.code == 334) {
      answer = co_await command(crypto::base64_encode(login.address));
    }
    if (answer.code == 334) {
      answer = co_await command(crypto::base64_encode(login.password.reveal()));
    }
  } else {
    throw Error{Errc::unsupported, "The mail server takes no passwords.",
                "Connect the account with Google instead."};
  }
  if (answer.code == 334) throw nonsense();
  if (!answer.is_positive()) throw explain(Stage::login, answer);
}

void Session::leave() {
  // The answer is not awaited: nothing depends on it, and it would cost a round trip.
  const auto progress = stream_->try_write("QUIT\r\n");
  static_cast<void>(progress);
  stream_->end_writing();
}

Task<Reply> Session::command(std::string line) {
  // The line may hold a password.
  const Secret whole{std::move(line) + "\r\n"};
  co_await write(whole.reveal(), patience_.reply);
  co_return co_await reply(patience_.reply);
}

Task<void> Session::write(std::string_view bytes, std::chrono::milliseconds limit) {
  try {
    co_await with_deadline(limit, stream_->write(bytes));
  } catch (const Error& failure) {
    throw broken(failure.message);
  }
}

Task<Reply> Session::reply(std::chrono::milliseconds limit) {
  try {
    co_return co_await with_deadline(limit, read_reply());
  } catch (const Error& failure) {
    if (failure.code != Errc::timeout) throw;
    throw Error{Errc::unavailable, "The mail server did not answer in time.",
                "Nothing was sent; try again in a minute."};
  }
}

Task<Reply> Session::read_reply() {
  ReplyReader reader;
  while (true) {
    const auto end = unread_.find('\n');
    if (end == std::string::npos) {
      if (unread_.size() > longest_line) throw nonsense();
      std::array<char, 4096> piece;
      const auto count = co_await stream_->read_some(piece);
      if (count == 0) throw broken("end of stream");
      unread_.append(piece.data(), count);
      continue;
    }
    auto line = std::string_view{unread_}.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    const auto progress = reader.add(line);
    unread_.erase(0, end + 1);
    if (progress == ReplyReader::Progress::broken) throw nonsense();
    if (progress == ReplyReader::Progress::complete) co_return reader.take();
  }
}

}  // namespace gmail_mcp::smtp
