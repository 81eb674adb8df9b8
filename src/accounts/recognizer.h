#pragma once

#include <optional>
#include <string>

#include "base/task.h"
#include "model/caller.h"

namespace gmail_mcp::accounts {

/// Recognises one kind of bearer token that is not in the settings: a person's token, an access
/// token of our own sign-in, or a JWT of the configured issuer. Answers from memory in most cases;
/// a revoked token is refused within 5 s in every process. One loop.
class Recognizer {
 public:
  virtual ~Recognizer() = default;

  /// Who holds `token`. nullopt: it is not of this kind. Throws unauthenticated when it is, but is
  /// expired, revoked or made for another server; unavailable when that cannot be found out now.
  virtual Task<std::optional<model::Caller>> recognize(std::string token) = 0;

  /// Whether anybody can hold such a token: without one a server may let in nobody.
  virtual Task<bool> is_used() { co_return true; }
};

}  // namespace gmail_mcp::accounts
