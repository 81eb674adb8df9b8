#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/recognizer.h"
#include "base/error.h"
#include "base/secret.h"
#include "base/task.h"
#include "model/caller.h"

namespace gmail_mcp::accounts {

/// The parts of a request's head that show who calls. Borrowed for the call.
struct CallerEvidence {
  std::string_view authorization;              // the Authorization header, "" if none
  std::size_t authorization_count = 0;         // more than one is refused
  std::vector<std::string_view> user_headers;  // every X-Gmail-MCP-User
  bool peer_is_loopback = false;               // of the socket
  bool forwarded =
      false;  // Forwarded, X-Forwarded-* or Via present, and the peer is no trusted proxy
};

/// A token that can be recognised: its digest, made once.
class KnownToken {
 public:
  KnownToken() = default;
  // NOLINTNEXTLINE(google-explicit-constructor): a setting is one
  KnownToken(const Secret& token);

  bool empty() const { return digest_.empty(); }
  /// In constant time. `digest` is the SHA-256 of what was presented.
  bool matches(std::string_view digest) const;

 private:
  std::string digest_;
};

/// How callers are recognised (`server.*` settings).
struct CallerRules {
  KnownToken auth_token;      // Application
  KnownToken operator_token;  // Operator
  bool allow_unauthenticated = false;
  bool is_loopback_only = true;
  bool has_sign_in = false;  // people bring tokens of a sign-in (server.oauth)
};

/// The name of the credential of callers who need none, because server.allow_unauthenticated says
/// so.
inline constexpr char no_credential[] = "allow_unauthenticated";

/// Decides by the settings alone who may call and as whom (docs/03-production.md, *Your
/// application*). Pure. Errors: unauthenticated (with the ways out in the hint when nothing is
/// configured), invalid_argument for an empty, repeated or malformed X-Gmail-MCP-User. Tokens are
/// compared in constant time, and by digest, so that lengths do not show. With X-Gmail-MCP-User an
/// Application stays one, with `only_user` set; an Operator becomes one, because the set-up tools
/// belong to no user.
Result<model::Caller> identify(const CallerEvidence& evidence, const CallerRules& rules);

/// The same for a token that is not in the settings: `recognizers` are asked in their order.
/// Throws what the one that knows it throws, and unavailable with retry_after when that cannot be
/// found out now; `unknown` when none knows it; and forbidden when
/// X-Gmail-MCP-User names another user than the credential's. `evidence` and `recognizers` are
/// borrowed until the end.
Task<model::Caller> recognize(CallerEvidence evidence, const std::vector<Recognizer*>& recognizers,
                              Error unknown);

/// The refusal of a request without a credential, where there are some.
Error credential_needed();

/// True when the settings let in nobody from outside loopback. Persons' tokens still may.
bool is_closed_beyond_loopback(const CallerRules& rules);

}  // namespace gmail_mcp::accounts
