#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "model/access.h"
#include "model/user.h"

namespace gmail_mcp::store {

/// A pending OAuth flow. `state` is the secret of the URL; it is stored as its SHA-256 (hex), so
/// that a reader of the database cannot finish a flow; the caller hashes.
struct Flow {
  std::string state_hash;
  model::UserId user_id;
  model::ExternalUserId external_user_id;
  std::vector<std::string> scopes;  // requested, full URLs
  std::string redirect_uri;
  std::string code_verifier_encrypted;
  std::string return_url;      // empty: the person stays on our page
  std::string expected_email;  // empty: any account
  std::string browser_hash;    // SHA-256 of the cookie set by Continue; empty before
  Timestamp expires_at;

  bool operator==(const Flow&) const = default;
};

/// What is sealed of a flow: the verifier of its PKCE.
struct SealedFlow {
  std::string state_hash;
  std::string code_verifier_encrypted;
};

class Flows {
 public:
  virtual ~Flows() = default;

  virtual Task<void> begin(const model::Access& access, Flow flow) = 0;
  /// Looks without consuming, for the page that asks before the flow begins. Expired flows are
  /// returned too (the page says "expired"), until they are purged.
  virtual Task<std::optional<Flow>> find(const model::Access& access, std::string state_hash) = 0;
  /// Binds the flow to one browser. False when there is no such unexpired flow.
  virtual Task<bool> bind_browser(const model::Access& access, std::string state_hash,
                                  std::string browser_hash) = 0;
  /// Takes the flow out by one atomic statement: only one of several racing callers gets it.
  /// Expired flows are taken out and returned too, so that the caller can say so.
  virtual Task<std::optional<Flow>> consume(const model::Access& access,
                                            std::string state_hash) = 0;
  /// Deletes flows that expired before `before`. Returns how many.
  virtual Task<std::int64_t> purge_expired(const model::Access& access, Timestamp before) = 0;
  /// In portions, in the order of `state_hash`: at most `limit`, those after `after`; "" begins.
  virtual Task<std::vector<SealedFlow>> sealed_after(const model::Access& access, std::string after,
                                                     std::int64_t limit) = 0;
  /// Puts the same secret under another key, if the flow is still there and as it was seen.
  virtual Task<bool> reseal(const model::Access& access, SealedFlow seen, std::string anew) = 0;
  /// The number of unexpired flows.
  virtual Task<std::int64_t> pending(const model::Access& access) = 0;
};

}  // namespace gmail_mcp::store
