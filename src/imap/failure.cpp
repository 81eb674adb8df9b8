#include "imap/failure.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"

namespace gmail_mcp::imap {

namespace {

using namespace std::chrono_literals;

enum class Meaning {
  wrong_password,
  ordinary_password,
  browser_wanted,
  imap_is_off,
  too_many_connections,
  used_up,
  passing,
  not_encrypted,
  no_such_folder,
  exists_already,
  not_permitted,
  too_large,
  impossible,
  unknown_charset,
};

struct Sign {
  std::string_view words;  // a response code, or lower case words of the text
  Meaning meaning;
};

// Texts are compared first: Gmail uses ALERT for very different things.
constexpr std::array texts{
    Sign{"application-specific password required", Meaning::ordinary_password},
    Sign{"answer/185833", Meaning::ordinary_password},
    Sign{"log in via your web browser", Meaning::browser_wanted},
    Sign{"answer/78754", Meaning::browser_wanted},
    Sign{"not enabled for imap", Meaning::imap_is_off},
    Sign{"imap access is disabled", Meaning::imap_is_off},
    Sign{"too many simultaneous connections", Meaning::too_many_connections},
    Sign{"maximum number of connections", Meaning::too_many_connections},
    Sign{"command or bandwidth limits", Meaning::used_up},
    Sign{"unknown mailbox", Meaning::no_such_folder},
    Sign{"mailbox doesn't exist", Meaning::no_such_folder},
};

constexpr std::array codes{
    Sign{"AUTHENTICATIONFAILED", Meaning::wrong_password},
    Sign{"AUTHORIZATIONFAILED", Meaning::wrong_password},
    Sign{"EXPIRED", Meaning::wrong_password},
    Sign{"WEBALERT", Meaning::browser_wanted},
    Sign{"PRIVACYREQUIRED", Meaning::not_encrypted},
    Sign{"LIMIT", Meaning::too_many_connections},
    Sign{"OVERQUOTA", Meaning::used_up},
    Sign{"UNAVAILABLE", Meaning::passing},
    Sign{"INUSE", Meaning::passing},
    Sign{"SERVERBUG", Meaning::passing},
    Sign{"EXPUNGEISSUED", Meaning::passing},
    Sign{"NONEXISTENT", Meaning::no_such_folder},
    Sign{"TRYCREATE", Meaning::no_such_folder},
    Sign{"ALREADYEXISTS", Meaning::exists_already},
    Sign{"NOPERM", Meaning::not_permitted},
    Sign{"CONTACTADMIN", Meaning::not_permitted},
    Sign{"TOOBIG", Meaning::too_large},
    Sign{"CANNOT", Meaning::impossible},
    Sign{"BADCHARSET", Meaning::unknown_charset},
};

// What servers without response codes answer to a wrong password.
constexpr std::array wrong_password_texts{
    std::string_view{"invalid credentials"},
    std::string_view{"authentication failed"},
    std::string_view{"authentication failure"},
    std::string_view{"login failed"},
    std::string_view{"invalid login"},
    std::string_view{"bad username or password"},
    std::string_view{"incorrect password"},
    std::string_view{"username and password not accepted"},
};

bool has(const std::string& text, std::string_view words) {
  return text.find(words) != std::string::npos;
}

Meaning meaning_of(const StatusResponse& refusal, Asked asked) {
  const auto text = to_lower_ascii(refusal.text);
  for (const auto& sign : texts) {
    if (has(text, sign.words)) return sign.meaning;
  }
  for (const auto& sign : codes) {
    if (refusal.code == sign.words) return sign.meaning;
  }
  const bool is_login = asked == Asked::login && refusal.condition == StatusResponse::Condition::no;
  if (is_login && std::any_of(wrong_password_texts.begin(), wrong_password_texts.end(),
                              [&](std::string_view words) { return has(text, words); })) {
    return Meaning::wrong_password;
  }
  return Meaning::passing;
}

Error error_for(Meaning meaning) {
  switch (meaning) {
    case Meaning::wrong_password:
      return {
          Errc::unauthenticated, "The mail server refused the address or the password.",
          "Use an App Password made for this account at https://myaccount.google.com/apppasswords; "
          "it ends when the account's password is changed."};
    case Meaning::ordinary_password:
      return {Errc::unauthenticated,
              "The mail server wants an App Password, not the account's own password.",
              "Switch on 2-Step Verification and make an App Password at "
              "https://myaccount.google.com/apppasswords."};
    case Meaning::browser_wanted:
      return {Errc::forbidden, "Google wants the person to sign in with a browser first.",
              "Sign in at https://mail.google.com, confirm what it asks, then try again; "
              "https://accounts.google.com/DisplayUnlockCaptcha helps if it goes on."};
    case Meaning::imap_is_off:
      return {
          Errc::forbidden, "IMAP is switched off for this account.",
          "In Gmail: Settings, Forwarding and POP/IMAP, Enable IMAP. In a Workspace account the "
          "administrator decides."};
    case Meaning::too_many_connections:
      return Error{Errc::rate_limited,
                   "Rate limited: the account has too many IMAP connections open.",
                   "Close other mail programs of this account, or wait a minute: Gmail allows 15."}
          .with_retry_after(60s);
    case Meaning::used_up:
      return Error{Errc::rate_limited,
                   "Rate limited: the account has used up what its mail server allows.",
                   "Wait: Gmail limits what is read and written over IMAP in a day, and how much "
                   "an account may hold."}
          .with_retry_after(1h);
    case Meaning::not_encrypted:
      return {Errc::misconfigured, "The mail server takes passwords over TLS only.",
              "Set mail.imap_tls to implicit or starttls."};
    case Meaning::no_such_folder:
      return {Errc::not_found, "There is no such folder.",
              "It may have been renamed or removed: list the labels again."};
    case Meaning::exists_already: return {Errc::conflict, "A folder of that name exists already."};
    case Meaning::not_permitted:
      return {Errc::forbidden, "The mail server does not permit that.",
              "Ask whoever administers the account."};
    case Meaning::too_large:
      return {Errc::too_large, "The message is larger than the mail server accepts.",
              "Send fewer or smaller attachments."};
    case Meaning::impossible:
      return {Errc::invalid_argument, "The mail server cannot do that.",
              "Check the names of labels: some characters are not allowed."};
    case Meaning::unknown_charset:
      return {Errc::unsupported, "The mail server cannot search for these characters."};
    case Meaning::passing: break;
  }
  return {Errc::unavailable, "The mail server could not do that now.", "Try again later."};
}

// Only text that has the form of a code: a server may write anything in brackets.
std::string safe_code(const StatusResponse& refusal) {
  const bool is_code = refusal.code.size() <= 32 &&
                       std::all_of(refusal.code.begin(), refusal.code.end(),
                                   [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
  return is_code && !refusal.code.empty() ? " [" + refusal.code + "]" : "";
}

std::string_view word_of(StatusResponse::Condition condition) {
  using Condition = StatusResponse::Condition;
  switch (condition) {
    case Condition::ok: return "OK";
    case Condition::no: return "NO";
    case Condition::bad: return "BAD";
    case Condition::bye: return "BYE";
    case Condition::preauth: return "PREAUTH";
  }
  return "?";
}

}  // namespace

Error failure_of(const StatusResponse& refusal, Asked asked) {
  const auto meaning = meaning_of(refusal, asked);
  auto detail = "IMAP " + std::string{word_of(refusal.condition)} + safe_code(refusal);
  if (refusal.condition == StatusResponse::Condition::bad && meaning == Meaning::passing) {
    return Error{Errc::unavailable, "The mail server did not understand a command of ours.",
                 "Try again later."}
        .with_detail(std::move(detail));
  }
  return error_for(meaning).with_detail(std::move(detail));
}

Error connection_lost() {
  return {Errc::unavailable, "The connection to the mail server was lost.", "Try again."};
}

}  // namespace gmail_mcp::imap
