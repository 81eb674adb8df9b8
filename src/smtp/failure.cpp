#include "smtp/failure.h"

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "base/text.h"

namespace gmail_mcp::smtp {

namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::string_view two_step_hint =
    "Turn on 2-Step Verification and create an App Password at "
    "https://myaccount.google.com/apppasswords.";

bool says(const Reply& reply, std::string_view words) {
  return to_lower_ascii(reply.text).find(words) != std::string::npos;
}

Error passing(Stage stage, const Reply& reply) {
  if (reply.enhanced.starts_with("4.7.") || reply.enhanced == "4.2.1" ||
      reply.enhanced == "4.5.3" || reply.code == 450 || reply.code == 452 ||
      says(reply, "too many") || says(reply, "rate limit")) {
    return Error{Errc::rate_limited, "The mail server asks to wait before sending more.",
                 "Nothing was sent; try again later."}
        .with_retry_after(reply.code == 421 ? minutes{5} : minutes{1});
  }
  return Error{Errc::unavailable, "The mail server cannot take mail at the moment.",
               stage == Stage::greeting || stage == Stage::login
                   ? "Try again in a minute."
                   : "Nothing was sent; try again in a minute."}
      .with_retry_after(seconds{30});
}

Error login_failure(const Reply& reply) {
  // Too many tries say nothing about the password: never report one as the other.
  if (reply.code < 500) {
    if (!reply.enhanced.starts_with("4.7.") && !says(reply, "too many")) {
      return passing(Stage::login, reply);
    }
    return Error{Errc::rate_limited, "The mail server takes no more logins for now.",
                 "Wait a few minutes before trying again; the password may be right."}
        .with_retry_after(minutes{5});
  }
  if (reply.enhanced == "5.7.9" || says(reply, "application-specific password")) {
    return Error{Errc::reconnect_required,
                 "The mail server wants an App Password, not the account's own password.",
                 std::string{two_step_hint}};
  }
  if (reply.enhanced == "5.7.14" || says(reply, "web browser")) {
    return Error{Errc::reconnect_required,
                 "Google asks the account's owner to sign in with a web browser first.",
                 "Sign in at https://accounts.google.com, then connect again."};
  }
  if (reply.code == 535 || reply.code == 534 || reply.enhanced == "5.7.8") {
    return Error{Errc::reconnect_required, "The mail server refused the address or App Password.",
                 "App Passwords end when the account's password changes or when they are deleted; "
                 "create a new one at https://myaccount.google.com/apppasswords."};
  }
  if (reply.code == 504 || reply.code == 502 || reply.code == 500) {
    return Error{Errc::misconfigured, "The mail server does not offer this way of signing in.",
                 "Check mail.smtp_host and mail.smtp_port."};
  }
  return Error{Errc::reconnect_required, "The mail server refused the login.",
               "Check in the account's security settings that the App Password is still there."};
}

bool is_size(const Reply& reply) {
  return reply.enhanced == "5.3.4" || reply.enhanced == "5.2.3" ||
         (reply.code == 552 && (reply.enhanced.empty() || says(reply, "size") ||
                                says(reply, "too large") || says(reply, "limits")));
}

bool is_daily_limit(const Reply& reply) {
  return reply.enhanced == "5.4.5" || says(reply, "sending limit exceeded") ||
         says(reply, "sending quota");
}

Error recipient_failure(const Reply& reply, std::size_t recipient) {
  const std::string which =
      recipient > 0 ? "recipient " + std::to_string(recipient) : "one of the recipients";
  if (reply.enhanced == "5.5.3" || says(reply, "too many recipients")) {
    return Error{Errc::too_large, "The message has more recipients than the mail server takes.",
                 "Send it in several messages of at most 100 recipients."};
  }
  return Error{Errc::invalid_argument, "The mail server refused " + which + ".",
               "Counting to, cc and bcc in this order; check the address. Nothing was sent to "
               "anybody."};
}

Error final_failure(Stage stage, const Reply& reply, std::size_t recipient) {
  if (is_daily_limit(reply)) {
    return Error{Errc::rate_limited, "The account has reached its sending limit of the day.",
                 "Gmail takes mail from it again within 24 hours; nothing was sent."}
        .with_retry_after(hours{24});
  }
  if (is_size(reply)) {
    return Error{Errc::too_large, "The mail server takes no message of this size.",
                 "Send fewer or smaller attachments, or a link to them."};
  }
  if (reply.code == 530 || reply.enhanced == "5.5.1") {
    return Error{Errc::misconfigured, "The mail server does not accept our way of sending.",
                 "Check mail.smtp_host, mail.smtp_port and mail.smtp_tls."};
  }
  if (stage == Stage::recipient) return recipient_failure(reply, recipient);
  if (stage == Stage::greeting) {
    return Error{Errc::unavailable, "The mail server refuses to talk to us.",
                 "Check mail.smtp_host and mail.smtp_port, and whether this machine's address is "
                 "blocked."};
  }
  if (reply.enhanced == "5.7.26" || says(reply, "dmarc")) {
    return Error{Errc::invalid_argument,
                 "The mail server refused the message because its sender is not authenticated.",
                 "Send only from addresses the account owns."};
  }
  if (reply.enhanced.starts_with("5.7.")) {
    return Error{Errc::invalid_argument, "The mail server refused the message by its policy.",
                 "It may look like spam or hold a forbidden attachment; nothing was sent."};
  }
  if (stage == Stage::sender) {
    return Error{Errc::invalid_argument, "The mail server refused the sender.",
                 "Send only from addresses the account owns."};
  }
  return Error{Errc::invalid_argument, "The mail server refused the message.",
               "Change its content or its recipients; nothing was sent."};
}

}  // namespace

Error explain(Stage stage, const Reply& reply, std::size_t recipient) {
  static constexpr std::array<std::string_view, 5> names{"greeting", "login", "sender", "recipient",
                                                         "letter"};
  std::string detail = std::to_string(reply.code) + ' ' + reply.enhanced + " at " +
                       std::string{names[static_cast<std::size_t>(stage)]};
  if (stage == Stage::login) return login_failure(reply).with_detail(std::move(detail));
  if (reply.code < 500) return passing(stage, reply).with_detail(std::move(detail));
  return final_failure(stage, reply, recipient).with_detail(std::move(detail));
}

}  // namespace gmail_mcp::smtp
