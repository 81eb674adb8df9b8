// Commands that need no folder: signing in, capabilities (declared in session.h).
#include <fmt/format.h>

#include "base/text.h"
#include "crypto/base64.h"
#include "sandbox/imap/session.h"
#include "sandbox/mail_refusals.h"
#include "sandbox/sign_in.h"

namespace gmail_mcp::sandbox::imap {

namespace {

constexpr std::size_t max_answer = std::size_t{16} << 10;

// Measured at imap.gmail.com.
constexpr std::string_view before_login =
    "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 XYZZY SASL-IR "
    "AUTH=XOAUTH2 AUTH=PLAIN AUTH=PLAIN-CLIENTTOKEN AUTH=OAUTHBEARER";
constexpr std::string_view after_login =
    "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID XLIST CHILDREN X-GM-EXT-1 UIDPLUS "
    "COMPRESS=DEFLATE ENABLE MOVE CONDSTORE ESEARCH UTF8=ACCEPT LIST-EXTENDED LIST-STATUS "
    "LITERAL- SPECIAL-USE APPENDLIMIT=35651584";

std::string without_word(std::string_view text, std::string_view word) {
  auto words = split(text, ' ');
  std::erase(words, word);
  return join(words, " ");
}

}  // namespace

std::string Session::capabilities() const {
  if (account_ == nullptr && !encrypted_) return "IMAP4rev1 STARTTLS LOGINDISABLED ID";
  const auto all = account_ == nullptr ? before_login : after_login;
  return gmail() ? std::string{all} : without_word(all, "X-GM-EXT-1");
}

Session::Reply Session::capability(const Command&) {
  wire_.put("* CAPABILITY " + capabilities() + "\r\n");
  return "OK Thats all she wrote! sandbox";
}

Session::Reply Session::noop(const Command&) { return "OK Success"; }

Session::Reply Session::xyzzy(const Command&) { return "OK Nothing happens."; }

Session::Reply Session::id(const Command&) {
  wire_.put(
      "* ID (\"name\" \"GImap\" \"vendor\" \"Google, Inc.\" \"support-url\" "
      "\"https://support.google.com/mail\" \"version\" \"sandbox\" \"remote-host\" "
      "\"127.0.0.1\")\r\n");
  return "OK Success";
}

Session::Reply Session::log_out(const Command&) {
  wire_.put("* BYE LOGOUT Requested\r\n");
  done_ = true;
  return "OK 73 good day (Success)";
}

Session::Reply Session::log_in(const Command& command) {
  if (command.arguments.size() != 2 || account_ != nullptr) return "BAD Could not parse command";
  return sign_in(command.arguments[0].text, command.arguments[1].text);
}

Session::Reply Session::sign_in(std::string_view email, std::string_view password) {
  if (!encrypted_) return "NO [PRIVACYREQUIRED] Sign in after STARTTLS (Failure)";
  const auto verdict = judge_password(house_, email, password);
  if (!verdict.account) return imap_refusal(verdict.refusal);
  return admit(*verdict.account);
}

Session::Reply Session::sign_in_with_token(std::string_view email, std::string_view token) {
  auto* account = judge_token(house_, email, token);
  if (account == nullptr) return imap_refusal("bad_credentials");
  return admit(*account);
}

Session::Reply Session::admit(Account& account) {
  const auto& mail = house_.faults.switches().mail;
  for (const auto& email : mail.imap_disabled) {
    if (equals_ignoring_case(email, account.email)) return imap_refusal("imap_disabled");
  }
  auto& open = house_.counters.imap_open[account.email];
  if (open >= mail.max_imap_connections) return imap_refusal("too_many_connections");
  ++open;
  auto& most = house_.counters.max_imap_open[account.email];
  most = std::max(most, open);
  account_ = &account;
  book_ = &hub_.book(account);
  wire_.put("* CAPABILITY " + capabilities() + "\r\n");
  return fmt::format("OK {} authenticated (Success)", account.email);
}

Task<Session::Reply> Session::authenticate(const Command& command) {
  const auto& arguments = command.arguments;
  if (arguments.empty() || arguments.size() > 2 || account_ != nullptr) {
    co_return "BAD Could not parse command";
  }
  if (!encrypted_) co_return "NO [PRIVACYREQUIRED] Sign in after STARTTLS (Failure)";
  std::string response;
  if (arguments.size() == 2) {
    response = arguments[1].text == "=" ? "" : arguments[1].text;
  } else {
    wire_.put("+ \r\n");
    co_await wire_.flush();
    response = co_await wire_.line(max_answer);
    if (response == "*") co_return "BAD Cancelled";
  }
  const auto mechanism = to_lower_ascii(arguments[0].text);
  const auto credential = read_sasl(mechanism, response);
  if (!credential) co_return "NO [CANNOT] " + credential.error().message;
  if (!credential->is_bearer) co_return sign_in(credential->email, credential->secret);
  auto reply = sign_in_with_token(credential->email, credential->secret);
  if (account_ == nullptr) {
    // RFC 7628 §3.2.3, and Google's XOAUTH2: the reason comes as a challenge; the client's answer
    // does not matter.
    wire_.put("+ " + crypto::base64_encode(token_refusal()) + "\r\n");
    co_await wire_.flush();
    co_await wire_.line(max_answer);
  }
  co_return reply;
}

Task<Session::Reply> Session::start_tls(const Command&) {
  if (encrypted_) co_return "BAD Unknown command";
  wire_.put(tag_ + " OK Begin TLS negotiation now\r\n");
  co_await wire_.flush();
  wire_.start_tls(house_.starttls);
  encrypted_ = true;
  co_return "";
}

Task<Session::Reply> Session::compress(const Command& command) {
  if (command.arguments.size() != 1 || !command.arguments[0].is("DEFLATE")) {
    co_return "BAD Could not parse command";
  }
  if (wire_.is_compressed()) co_return "NO [COMPRESSIONACTIVE] DEFLATE is active (Failure)";
  wire_.put(tag_ + " OK Success\r\n");
  co_await wire_.flush();
  wire_.start_compression();
  co_return "";
}

Session::Reply Session::enable(const Command& command) {
  std::string enabled;
  for (const auto& one : command.arguments) {
    if (one.is("UTF8=ACCEPT")) {
      utf8_ = true;
      enabled += " UTF8=ACCEPT";
    } else if (one.is("CONDSTORE")) {
      condstore_ = true;
      enabled += " CONDSTORE";
    }
  }
  wire_.put("* ENABLED" + enabled + "\r\n");
  return "OK Success";
}

Session::Reply Session::name_spaces(const Command&) {
  wire_.put("* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n");
  return "OK Success";
}

}  // namespace gmail_mcp::sandbox::imap
