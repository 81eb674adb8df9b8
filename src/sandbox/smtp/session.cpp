#include "sandbox/smtp/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "sandbox/mail_refusals.h"
#include "sandbox/sign_in.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox::smtp {

namespace {

constexpr std::size_t max_line = 12'288;  // RFC 4954 §4: the longest answer to AUTH
constexpr std::size_t max_recipients = 100;

// RFC 5321 §4.5.2: a line that begins with a dot was sent with a second one.
std::string without_dots(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const auto crlf = text.find("\r\n", at);
    const auto end = crlf == std::string_view::npos ? text.size() : crlf + 2;
    auto line = text.substr(at, end - at);
    if (line.starts_with('.')) line.remove_prefix(1);
    out += line;
    at = end;
  }
  return out;
}

struct Path {
  std::string address;
  std::vector<std::string> parameters;
};

// "FROM:<a@b> SIZE=100", with `word` "FROM:".
std::optional<Path> read_path(std::string_view argument, std::string_view word) {
  if (argument.size() < word.size() ||
      !equals_ignoring_case(argument.substr(0, word.size()), word)) {
    return std::nullopt;
  }
  argument = trim(argument.substr(word.size()));
  const auto close = argument.find('>');
  if (!argument.starts_with('<') || close == std::string_view::npos) return std::nullopt;
  Path path;
  path.address = trim(argument.substr(1, close - 1));
  for (auto& one : split(trim(argument.substr(close + 1)), ' ')) {
    if (!one.empty()) path.parameters.push_back(std::move(one));
  }
  return path;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string ok(std::string_view code) { return fmt::format("250 {} OK sandbox - gsmtp", code); }

std::string syntax_error() { return "555 5.5.2 Syntax error, cannot decode response. - gsmtp"; }

}  // namespace

Session::Session(MailHouse& house, Wire& wire)
    : house_{house}, wire_{wire}, encrypted_{!house.starttls}, faults_{house, wire, smtp_refusal} {
  ++house_.counters.smtp_connections;
}

Task<void> Session::serve() {
  const auto refusal = co_await faults_.play("smtp.greeting", "", "");
  co_await faults_.keep_back();
  wire_.put(refusal.value_or("220 smtp.gmail.com ESMTP sandbox - gsmtp") + "\r\n");
  co_await wire_.flush();
  if (refusal || faults_.cut() != Cut::none) co_return;
  while (!done_) {
    if (!wire_.has_input()) co_await wire_.flush();
    auto line = co_await wire_.line(max_line);
    co_await handle(std::move(line));
  }
  co_await wire_.flush();
}

Task<void> Session::handle(std::string line) {
  faults_.begin();
  const auto blank = std::min(line.find(' '), line.size());
  const auto verb = upper(std::string_view{line}.substr(0, blank));
  const std::string argument{trim(std::string_view{line}.substr(blank))};
  ++house_.counters.requests["smtp." + verb];
  std::optional<Reply> reply;
  // With AUTH the account is known only later.
  if (verb != "AUTH") {
    const auto email = account_ == nullptr ? std::string{} : account_->email;
    reply = co_await faults_.play("smtp." + verb, email, "");
  }
  if (!reply) reply = co_await perform(verb, argument);
  co_await faults_.keep_back();
  const bool told = reply->empty();  // the command sent its own reply
  if (faults_.cut() == Cut::none && !told) wire_.put(*reply + "\r\n");
  if (faults_.cut() != Cut::none || reply->starts_with("421")) done_ = true;
}

Task<Session::Reply> Session::perform(const std::string& verb, const std::string& argument) {
  if (verb == "EHLO") co_return hello(true);
  if (verb == "HELO") co_return hello(false);
  if (verb == "NOOP") co_return ok("2.0.0");
  if (verb == "QUIT") {
    done_ = true;
    co_return "221 2.0.0 closing connection sandbox - gsmtp";
  }
  if (verb == "RSET") {
    forget_mail();
    co_return "250 2.1.5 Flushed sandbox - gsmtp";
  }
  if (verb == "VRFY") co_return "252 2.1.5 Send some mail, I'll try my best - gsmtp";
  if (verb == "STARTTLS") {
    auto reply = co_await start_tls();
    co_return reply;
  }
  if (!encrypted_) co_return "530 5.7.0 Must issue a STARTTLS command first. - gsmtp";
  if (verb == "AUTH") {
    auto reply = co_await authenticate(argument);
    co_return reply;
  }
  const bool sends = verb == "MAIL" || verb == "RCPT" || verb == "DATA" || verb == "BDAT";
  if (!sends) co_return "502 5.5.1 Unrecognized command. sandbox - gsmtp";
  if (account_ == nullptr) {
    co_return "530-5.7.0 Authentication Required. For more information, go to\r\n"
              "530 5.7.0  https://support.google.com/mail/?p=WantAuthError sandbox - gsmtp";
  }
  if (verb == "MAIL") co_return mail(argument);
  if (verb == "RCPT") co_return recipient(argument);
  if (verb == "BDAT") {
    auto reply = co_await chunk(argument);
    co_return reply;
  }
  auto reply = co_await data();
  co_return reply;
}

Session::Reply Session::hello(bool extended) const {
  if (!extended) return "250 smtp.gmail.com at your service";
  // As measured at smtp.gmail.com.
  std::string out = "250-smtp.gmail.com at your service, [127.0.0.1]\r\n";
  out += fmt::format("250-SIZE {}\r\n250-8BITMIME\r\n", max_mail);
  out += encrypted_ ? "250-AUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH\r\n"
                    : "250-STARTTLS\r\n";
  return out + "250-ENHANCEDSTATUSCODES\r\n250-PIPELINING\r\n250-CHUNKING\r\n250 SMTPUTF8";
}

Session::Reply Session::mail(std::string_view argument) {
  if (has_sender_) return "503 5.5.1 MAIL was given already. sandbox - gsmtp";
  const auto path = read_path(argument, "FROM:");
  if (!path) return syntax_error();
  for (const auto& parameter : path->parameters) {
    const auto name = upper(parameter);
    if (name == "SMTPUTF8") utf8_ = true;
    if (!name.starts_with("SIZE=")) continue;
    const auto size = read_number<std::size_t>(std::string_view{name}.substr(5));
    if (!size) return syntax_error();
    if (*size > max_mail) return smtp_refusal("too_large");
  }
  has_sender_ = true;
  return ok("2.1.0");
}

Session::Reply Session::recipient(std::string_view argument) {
  if (!has_sender_) return "503 5.5.1 MAIL first. sandbox - gsmtp";
  const auto path = read_path(argument, "TO:");
  if (!path) return syntax_error();
  const auto& address = path->address;
  const auto at = address.rfind('@');
  if (at == 0 || at == std::string::npos || at + 1 == address.size() ||
      address.find_first_of(" <>,;") != std::string::npos) {
    return "553-5.1.3 The recipient address <" + address +
           "> is not a valid RFC 5321\r\n"
           "553 5.1.3 address. sandbox - gsmtp";
  }
  if (!utf8_ && !is_ascii(address)) return "553 5.6.7 The address needs SMTPUTF8. - gsmtp";
  if (recipients_.size() >= max_recipients) {
    return "452 4.5.3 Your message has too many recipients. sandbox - gsmtp";
  }
  recipients_.push_back(address);
  return ok("2.1.5");
}

Task<Session::Reply> Session::data() {
  if (recipients_.empty()) co_return "503 5.5.1 RCPT first. sandbox - gsmtp";
  co_await faults_.keep_back();
  if (faults_.cut() != Cut::none) co_return "";
  wire_.put("354 Go ahead sandbox - gsmtp\r\n");
  co_await wire_.flush();
  // Twice as much, because dots are doubled; anything longer is refused.
  const auto came = co_await wire_.through_dot(2 * max_mail);
  bytes_ = without_dots(came);
  auto reply = co_await take_over();
  co_return reply;
}

// RFC 3030: "BDAT 1000" or "BDAT 86 LAST".
Task<Session::Reply> Session::chunk(const std::string& argument) {
  const auto words = split(argument, ' ');
  const auto size = read_number<std::size_t>(words.front());
  if (!size || *size > max_mail) {
    done_ = true;  // the data that follows would be taken for commands
    co_return syntax_error();
  }
  auto came = co_await wire_.bytes(*size);
  if (recipients_.empty()) co_return "503 5.5.1 RCPT first. sandbox - gsmtp";
  bytes_ += came;
  if (bytes_.size() > max_mail) {
    forget_mail();
    co_return smtp_refusal("too_large");
  }
  if (words.size() < 2 || upper(words[1]) != "LAST") co_return ok("2.0.0");
  auto reply = co_await take_over();
  co_return reply;
}

Task<Session::Reply> Session::take_over() {
  auto refusal = co_await faults_.play("smtp.body", account_->email, "");
  const auto raw = std::exchange(bytes_, {});
  const auto recipients = std::exchange(recipients_, {});
  forget_mail();
  if (refusal) co_return std::move(*refusal);
  // A mail that was cut off in the middle never arrived.
  if (faults_.cut() == Cut::mid_body || faults_.cut() == Cut::after_headers) co_return "";
  if (raw.size() > max_mail) co_return smtp_refusal("too_large");
  const auto sent = house_.world.submit(*account_, raw, recipients);
  if (!sent) co_return "452 4.2.2 The sandbox mailbox is full. sandbox - gsmtp";
  ++house_.counters.smtp_accepted;
  ++house_.counters.sends;
  const auto seconds = house_.clock.now().time_since_epoch() / std::chrono::seconds{1};
  co_return fmt::format("250 2.0.0 OK  {} {} - gsmtp", seconds,
                        crypto::sha256_hex((*sent)->id).substr(0, 32));
}

Task<std::string> Session::ask(std::string_view challenge) {
  wire_.put(fmt::format("334 {}\r\n", challenge));
  co_await wire_.flush();
  auto answer = co_await wire_.line(max_line);
  co_return answer;
}

Task<Session::Reply> Session::authenticate(const std::string& argument) {
  if (account_ != nullptr) co_return "503 5.5.1 Signed in already. sandbox - gsmtp";
  const auto blank = std::min(argument.find(' '), argument.size());
  const auto mechanism = to_lower_ascii(argument.substr(0, blank));
  std::string response{trim(std::string_view{argument}.substr(blank))};
  if (mechanism == "login") {
    auto reply = co_await sign_in_by_login(std::move(response));
    co_return reply;
  }
  if (response.empty()) response = co_await ask("");
  if (response == "*") co_return "501 5.7.0 Cancelled. sandbox - gsmtp";
  auto credential = read_sasl(mechanism, response);
  if (!credential) {
    const bool unknown = credential.error().code == Errc::unsupported;
    co_return unknown ? "504 5.7.4 Unrecognized Authentication Type sandbox - gsmtp"
                      : "501 5.5.2 Cannot Decode response sandbox - gsmtp";
  }
  auto reply = co_await sign_in(std::move(credential->email), std::move(credential->secret),
                                credential->is_bearer);
  co_return reply;
}

Task<Session::Reply> Session::sign_in_by_login(std::string email_answer) {
  // "Username:" and "Password:".
  if (email_answer.empty()) email_answer = co_await ask("VXNlcm5hbWU6");
  const auto email = crypto::base64_decode_strict(email_answer);
  const auto password_answer = co_await ask("UGFzc3dvcmQ6");
  const auto password = crypto::base64_decode_strict(password_answer);
  if (!email || !password) co_return "501 5.5.2 Cannot Decode response sandbox - gsmtp";
  auto reply = co_await sign_in(*email, *password, false);
  co_return reply;
}

Task<Session::Reply> Session::sign_in(std::string email, std::string secret, bool is_bearer) {
  auto refusal = co_await faults_.play("smtp.AUTH", email, "");
  if (refusal) co_return std::move(*refusal);
  if (is_bearer) {
    account_ = judge_token(house_, email, secret);
    if (account_ == nullptr) {
      const auto challenge = crypto::base64_encode(token_refusal());
      co_await ask(challenge);
      co_return smtp_refusal("bad_credentials");
    }
  } else {
    const auto verdict = judge_password(house_, email, secret);
    if (verdict.account == nullptr) co_return smtp_refusal(verdict.refusal);
    account_ = verdict.account;
  }
  co_return "235 2.7.0 Accepted";
}

Task<Session::Reply> Session::start_tls() {
  if (encrypted_) co_return "502 5.5.1 Unrecognized command. sandbox - gsmtp";
  wire_.put("220 2.0.0 Ready to start TLS\r\n");
  co_await wire_.flush();
  wire_.start_tls(house_.starttls);
  encrypted_ = true;
  forget_mail();
  co_return "";
}

void Session::forget_mail() {
  has_sender_ = utf8_ = false;
  recipients_.clear();
  bytes_ = {};
}

}  // namespace gmail_mcp::sandbox::smtp
