#include <openssl/crypto.h>

#include <utility>

#include "crypto/base64.h"
#include "imap/client_state.h"

namespace gmail_mcp::imap {

namespace {

// The first message of the client, in base64: RFC 4616, and
// https://developers.google.com/workspace/gmail/imap/xoauth2-protocol
Secret first_message(const Login& login) {
  std::string plain;
  if (login.is_bearer) {
    plain = "user=" + login.address + "\1auth=Bearer " + login.secret.reveal() + "\1\1";
  } else {
    plain += '\0';
    plain += login.address;
    plain += '\0';
    plain += login.secret.reveal();
  }
  Secret encoded{crypto::base64_encode(plain)};
  OPENSSL_cleanse(plain.data(), plain.size());
  return encoded;
}

[[noreturn]] void no_way_in(const Login& login) {
  if (login.is_bearer) {
    throw Error{Errc::unsupported, "The mail server does not take access tokens (XOAUTH2)."};
  }
  throw Error{Errc::misconfigured, "The mail server does not take passwords.",
              "It may take them over TLS: set mail.imap_tls to implicit or starttls."};
}

}  // namespace

Task<void> Client::login(Login login) {
  auto& state = *state_;
  if (state.capabilities.empty()) co_await state.ask_capabilities();
  const std::string mechanism = login.is_bearer ? "XOAUTH2" : "PLAIN";
  Conversation::Command command;
  command.is_secret = true;
  if (state.can("AUTH=" + mechanism)) {
    const auto first = first_message(login);
    if (state.can("SASL-IR")) {
      command.pieces = state.command("AUTHENTICATE " + mechanism + " " + first.reveal()).finish();
    } else {
      command.pieces = state.command("AUTHENTICATE " + mechanism).finish();
      command.answers.push_back(first.reveal());
    }
    // A refused token is answered with a challenge; only after our empty line comes the refusal
    // itself.
    if (login.is_bearer) command.answers.emplace_back();
  } else if (!login.is_bearer && !state.can("LOGINDISABLED")) {
    auto words = state.command("LOGIN ");
    words.string(login.address).words(" ").string(login.secret.reveal());
    command.pieces = std::move(words).finish();
  } else {
    no_way_in(login);
  }
  state.capabilities.clear();
  const auto status = co_await state.conversation.run(std::move(command));
  if (!status.is_ok()) throw failure_of(status, Asked::login);
  // Capabilities may have come before the OK, in it, or not at all.
  if (state.capabilities.empty()) co_await state.ask_capabilities();
}

}  // namespace gmail_mcp::imap
