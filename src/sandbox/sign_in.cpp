#include "sandbox/sign_in.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "crypto/base64.h"
#include "sandbox/text.h"

namespace gmail_mcp::sandbox {

namespace {

constexpr std::string_view mail_scope = "https://mail.google.com/";

Error unreadable() { return {Errc::invalid_argument, "Invalid SASL argument."}; }

// The part of "\x01"-separated text that begins so.
std::optional<std::string> field_of(std::string_view text, std::string_view name) {
  for (const auto& part : split(text, '\x01')) {
    if (part.size() >= name.size() && equals_ignoring_case(part.substr(0, name.size()), name)) {
      return part.substr(name.size());
    }
  }
  return std::nullopt;
}

}  // namespace

SignIn judge_password(MailHouse& house, std::string_view email, std::string_view password) {
  auto* account = house.world.find(email);
  if (account == nullptr) return {nullptr, "bad_credentials"};
  switch (house.app_passwords.judge(account->email, password)) {
    case PasswordVerdict::good: return {account, {}};
    case PasswordVerdict::needs_app_password: return {nullptr, "app_password_required"};
    case PasswordVerdict::wrong: break;
  }
  return {nullptr, "bad_credentials"};
}

Account* judge_token(MailHouse& house, std::string_view email, std::string_view token) {
  auto* account = house.world.find(email);
  const auto* grant = house.grants.find(token);
  if (account == nullptr || grant == nullptr) return nullptr;
  return contains(grant->scopes, mail_scope) && equals_ignoring_case(grant->email, account->email)
             ? account
             : nullptr;
}

Result<Credential> read_sasl(std::string_view mechanism, std::string_view response) {
  const auto text = crypto::base64_decode_strict(response);
  if (!text) return unreadable();
  Credential credential;
  if (mechanism == "plain") {
    const auto parts = split(*text, '\0');
    if (parts.size() != 3) return unreadable();
    credential.email = parts[1];
    credential.secret = parts[2];
    return credential;
  }
  credential.is_bearer = true;
  const auto token = field_of(*text, "auth=Bearer ");
  std::optional<std::string> user;
  if (mechanism == "xoauth2") {
    user = field_of(*text, "user=");
  } else if (mechanism == "oauthbearer") {
    // "n,a=address,\x01…" (RFC 7628 §3.1)
    for (const auto& part : split(text->substr(0, text->find('\x01')), ',')) {
      if (part.starts_with("a=")) user = part.substr(2);
    }
  } else {
    return Error{Errc::unsupported, "Unsupported mechanism."};
  }
  if (!user || !token) return unreadable();
  credential.email = *user;
  credential.secret = *token;
  return credential;
}

std::string token_refusal() {
  return R"({"status":"400","schemes":"Bearer","scope":"https://mail.google.com/"})";
}

}  // namespace gmail_mcp::sandbox
