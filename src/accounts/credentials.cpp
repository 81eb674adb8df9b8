#include "accounts/credentials.h"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "base/text.h"
#include "crypto/digest.h"

namespace gmail_mcp::accounts {

namespace {

constexpr std::size_t max_user_bytes = 255;
constexpr std::chrono::seconds asked_again_after{5};

// RFC 6750 §2.1; the scheme's case does not matter (RFC 9110 §11.1).
std::optional<std::string_view> bearer_token(const CallerEvidence& evidence) {
  constexpr std::string_view scheme = "bearer ";
  const auto authorization = evidence.authorization;
  if (evidence.authorization_count > 1) return std::nullopt;
  if (!equals_ignoring_case(authorization.substr(0, scheme.size()), scheme)) return std::nullopt;
  const auto token = trim(authorization.substr(scheme.size()));
  if (token.empty()) return std::nullopt;
  return token;
}

model::Caller caller(model::CallerKind kind, std::string_view credential) {
  model::Caller made;
  made.kind = kind;
  made.credential = credential;
  return made;
}

Result<model::Caller> by_authorization(const CallerEvidence& evidence, const CallerRules& rules) {
  if (const auto token = bearer_token(evidence)) {
    // Both are compared, whatever the result of the first.
    const auto presented = crypto::sha256(*token);
    const bool is_operator = rules.operator_token.matches(presented);
    const bool is_application = rules.auth_token.matches(presented);
    if (is_operator) return caller(model::CallerKind::operator_, "operator_token");
    if (is_application) return caller(model::CallerKind::application, "auth_token");
  }
  return Error{Errc::unauthenticated, "The credential of this request is not one of this server.",
               "Send exactly one header, Authorization: Bearer <token>: a person's token, which "
               "gmail-mcp tokens create makes, or GMAIL_MCP_SERVER_AUTH_TOKEN of the application."};
}

Result<model::Caller> by_place(const CallerEvidence& evidence, const CallerRules& rules) {
  if (rules.has_sign_in) {
    return Error{Errc::unauthenticated, "This server needs a credential.",
                 "Sign in: the field WWW-Authenticate of this answer says where your client finds "
                 "out how. Or send a token as Authorization: Bearer <token>."};
  }
  if (!rules.auth_token.empty() || !rules.operator_token.empty()) return credential_needed();
  if (rules.allow_unauthenticated) {
    return caller(model::CallerKind::application, no_credential);
  }
  // A reverse proxy on this machine comes from loopback too: a request that it forwards, or that is
  // for a public address, may come from anyone.
  if (evidence.peer_is_loopback && !evidence.forwarded && rules.is_loopback_only) {
    return caller(model::CallerKind::application, "loopback");
  }
  return Error{Errc::unauthenticated,
               "This server is closed: no credential is configured, and the request does not come "
               "from this machine alone.",
               "Give out a token with gmail-mcp tokens create --user <user_id>, and send it as "
               "Authorization: Bearer <token>. Or do one of three things. Set "
               "GMAIL_MCP_SERVER_AUTH_TOKEN and send it as "
               "Authorization: Bearer <token>. Or keep the server to loopback, behind a proxy that "
               "authenticates. Or set GMAIL_MCP_SERVER_ALLOW_UNAUTHENTICATED=true: then anybody "
               "who reaches the port can read and send everybody's mail."};
}

// What does not answer may answer in a moment, and the client should be told to wait for that
// rather than take the token for a bad one.
Task<std::optional<model::Caller>> recognized_by(Recognizer& recognizer, std::string token) {
  try {
    co_return co_await recognizer.recognize(std::move(token));
  } catch (const Error& error) {
    const bool may_pass = error.code == Errc::unavailable || error.code == Errc::timeout;
    if (!may_pass || error.retry_after) throw;
    auto later = error;
    later.code = Errc::unavailable;
    later.retry_after = asked_again_after;
    throw Error{std::move(later)};
  }
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

Result<std::optional<model::ExternalUserId>> named_user(const CallerEvidence& evidence) {
  if (evidence.user_headers.empty()) return std::optional<model::ExternalUserId>{};
  const auto bad = [](std::string message) {
    return Error{Errc::invalid_argument, std::move(message),
                 "Send one X-Gmail-MCP-User header with the user_id, or none."};
  };
  if (evidence.user_headers.size() > 1) return bad("X-Gmail-MCP-User was sent more than once.");
  const auto name = evidence.user_headers.front();
  if (trim(name).empty()) return bad("X-Gmail-MCP-User is empty.");
  if (name.size() > max_user_bytes) return bad("X-Gmail-MCP-User is longer than 255 bytes.");
  if (std::any_of(name.begin(), name.end(), is_control) || !is_valid_utf8(name)) {
    return bad("X-Gmail-MCP-User holds characters that no user_id has.");
  }
  // The operation asks the store whether it is a stored id or one that would be refused today.
  return std::optional{model::ExternalUserId{std::string{name}}};
}

// The caller, limited to the user that the request names.
Result<model::Caller> narrowed(model::Caller who, const CallerEvidence& evidence) {
  auto user = named_user(evidence);
  if (!user) return std::move(user).error();
  if (!*user) return who;
  if (who.only_user && *who.only_user != **user) {
    return Error{Errc::forbidden, "X-Gmail-MCP-User names another user than the credential's.",
                 "Leave the header out: this credential is for one user only."};
  }
  who.only_user = std::move(*user);
  // The set-up tools belong to no user, so an operator who asks to be limited to one loses them.
  if (who.kind == model::CallerKind::operator_) who.kind = model::CallerKind::application;
  return who;
}

}  // namespace

KnownToken::KnownToken(const Secret& token)
    : digest_{token.empty() ? std::string{} : crypto::sha256(token.reveal())} {}

// Digests have one length, so comparing them reveals nothing about the secret's length.
bool KnownToken::matches(std::string_view digest) const {
  return !digest_.empty() && crypto::equal_in_constant_time(digest, digest_);
}

Error credential_needed() {
  return {Errc::unauthenticated, "This server needs a credential.",
          "Send Authorization: Bearer <token>: a person's token, which gmail-mcp tokens create "
          "makes, or GMAIL_MCP_SERVER_AUTH_TOKEN of the application."};
}

Result<model::Caller> identify(const CallerEvidence& evidence, const CallerRules& rules) {
  const bool presented = evidence.authorization_count > 0 || !evidence.authorization.empty();
  auto judged = presented ? by_authorization(evidence, rules) : by_place(evidence, rules);
  if (!judged) return judged;
  return narrowed(std::move(judged).value(), evidence);
}

Task<model::Caller> recognize(CallerEvidence evidence, const std::vector<Recognizer*>& recognizers,
                              Error unknown) {
  if (const auto token = bearer_token(evidence)) {
    for (auto* one : recognizers) {
      std::string text{*token};
      auto known = co_await recognized_by(*one, std::move(text));
      if (known) co_return narrowed(std::move(*known), evidence).value();
    }
  }
  throw std::move(unknown);
}

bool is_closed_beyond_loopback(const CallerRules& rules) {
  return rules.auth_token.empty() && rules.operator_token.empty() && !rules.has_sign_in &&
         !rules.allow_unauthenticated;
}

}  // namespace gmail_mcp::accounts
