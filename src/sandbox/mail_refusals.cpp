#include "sandbox/mail_refusals.h"

#include <algorithm>
#include <array>

namespace gmail_mcp::sandbox {

namespace {

struct Refusal {
  std::string_view name, imap, smtp;
};

constexpr std::string_view unavailable = "unavailable";

constexpr std::array<Refusal, 15> refusals{{
    {"bad_credentials", "NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)",
     "535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
     "535 5.7.8  https://support.google.com/mail/?p=BadCredentials sandbox - gsmtp"},
    {"app_password_required",
     "NO [ALERT] Application-specific password required: "
     "https://support.google.com/accounts/answer/185833 (Failure)",
     "534-5.7.9 Application-specific password required. For more information, go to\r\n"
     "534 5.7.9  https://support.google.com/mail/?p=InvalidSecondFactor sandbox - gsmtp"},
    {"web_login",
     "NO [ALERT] Please log in via your web browser: "
     "https://support.google.com/mail/accounts/answer/78754 (Failure)",
     "534-5.7.14 <https://accounts.google.com/signin/continue?sarp=1&scc=1&plt=sandbox>\r\n"
     "534-5.7.14 Please log in via your web browser and then try again. For more\r\n"
     "534 5.7.14 information, go to https://support.google.com/mail/answer/78754 sandbox - gsmtp"},
    {"imap_disabled",
     "NO [ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page "
     "and enable your account for IMAP access. (Failure)",
     "535-5.7.8 Username and Password not accepted. For more information, go to\r\n"
     "535 5.7.8  https://support.google.com/mail/?p=BadCredentials sandbox - gsmtp"},
    {"too_many_connections", "NO [ALERT] Too many simultaneous connections. (Failure)",
     "421 4.7.0 Too many simultaneous connections, closing connection. sandbox - gsmtp"},
    {"bandwidth", "NO [ALERT] Account exceeded command or bandwidth limits. (Failure)",
     "454 4.7.0 Account exceeded command or bandwidth limits. sandbox - gsmtp"},
    {"overquota", "NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)",
     "452 4.2.2 The recipient's inbox is out of storage space. sandbox - gsmtp"},
    {unavailable, "NO [UNAVAILABLE] Temporary System Error (Failure)",
     "451 4.3.0 Temporary System Problem.  Try again later. sandbox - gsmtp"},
    {"bye", "* BYE Temporary System Error",
     "421 4.7.0 Temporary System Problem.  Try again later. sandbox - gsmtp"},
    {"session_expired", "* BYE Session expired, please login again.",
     "421 4.7.0 Connection expired, try reconnecting. sandbox - gsmtp"},
    {"too_many_logins", "NO [ALERT] Too many login attempts, please try again later. (Failure)",
     "454 4.7.0 Too many login attempts, please try again later. sandbox - gsmtp"},
    {"sending_limit", "NO [LIMIT] Daily user sending limit exceeded. (Failure)",
     "550-5.4.5 Daily user sending limit exceeded. For more information on Gmail\r\n"
     "550-5.4.5 sending limits go to\r\n"
     "550 5.4.5  https://support.google.com/a/answer/166852 sandbox - gsmtp"},
    {"too_large", "NO [TOOBIG] Message too large. (Failure)",
     "552-5.3.4 Your message exceeded Google's message size limits. To view our\r\n"
     "552-5.3.4 message size guidelines, go to\r\n"
     "552 5.3.4  https://support.google.com/mail/?p=MaxSizeError sandbox - gsmtp"},
    {"policy", "NO [NOPERM] Message rejected. (Failure)",
     "550-5.7.1 Our system has detected that this message is likely unsolicited mail.\r\n"
     "550-5.7.1 To reduce the amount of spam sent to Gmail, this message has been\r\n"
     "550 5.7.1 blocked. https://support.google.com/mail/?p=UnsolicitedMessageError - gsmtp"},
    {"dmarc", "NO [NOPERM] Message rejected. (Failure)",
     "550-5.7.26 Unauthenticated email is not accepted due to domain's DMARC policy.\r\n"
     "550 5.7.26 https://support.google.com/mail/answer/2451690 sandbox - gsmtp"},
}};

const Refusal& find(std::string_view name) {
  const auto by_name = [](std::string_view wanted) {
    return std::find_if(refusals.begin(), refusals.end(),
                        [&](const Refusal& one) { return one.name == wanted; });
  };
  const auto found = by_name(name);
  return found != refusals.end() ? *found : *by_name(unavailable);
}

}  // namespace

std::string imap_refusal(std::string_view name) { return std::string{find(name).imap}; }

std::string smtp_refusal(std::string_view name) { return std::string{find(name).smtp}; }

}  // namespace gmail_mcp::sandbox
