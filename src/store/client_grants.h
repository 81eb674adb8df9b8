#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/task.h"
#include "model/access.h"
#include "model/connection.h"
#include "model/user.h"

namespace gmail_mcp::store {

/// Who signs in with Google is the user of this name and Google's permanent number of the account.
inline constexpr char sign_in_users[] = "google:";

/// What a person has allowed a program when they signed in with Google: one sign-in, from its code
/// over each refresh to its end. No secret is kept: codes and tokens name the grant and are sealed.
struct ClientGrant {
  std::string id;  // a UUID
  model::UserId user_id;
  model::ExternalUserId external_user_id;
  std::string address;        // as Google named it at the sign-in
  std::string hosted_domain;  // of Google Workspace, by Google's word; usually empty
  std::string client;         // SHA-256 of its client_id, in hex
  std::string client_name;    // what the program calls itself: its own claim
  std::vector<std::string> scopes;
  std::string audience;         // the resource that the tokens are for
  std::int64_t generation = 0;  // of the newest refresh token; 0: the code is not redeemed
  Timestamp created_at;
  Timestamp used_at;
  Timestamp rotated_at;  // when the newest refresh token was made
  Timestamp expires_at;
  std::optional<Timestamp> revoked_at;

  bool is_good_at(Timestamp now) const { return !revoked_at && now < expires_at; }

  bool operator==(const ClientGrant&) const = default;
};

/// A person who was sent to Google to sign in. `request` is sealed.
struct SignInRequest {
  std::string state_hash;    // SHA-256 (hex) of the state; the caller hashes
  std::string browser_hash;  // of the cookie of the browser
  std::string request;
  Timestamp expires_at;

  bool operator==(const SignInRequest&) const = default;
};

class ClientGrants {
 public:
  virtual ~ClientGrants() = default;

  virtual Task<void> ask(SignInRequest request) = 0;
  /// Takes the request out by one atomic statement, for its own browser only: of several racing
  /// callers one gets it, and another browser gets nothing. Expired ones are returned too.
  virtual Task<std::optional<SignInRequest>> answer(std::string state_hash,
                                                    std::string browser_hash) = 0;

  /// Throws not_found when its user is gone.
  virtual Task<void> begin(const model::Access& access, ClientGrant grant) = 0;
  virtual Task<std::optional<ClientGrant>> find(const model::Access& access, std::string id) = 0;
  /// Makes generation `to` the newest, if the newest lies between `least` and `to - 1` and the
  /// grant is good at `now`: by one atomic statement, so that of several racing callers one gets
  /// the grant, as it is afterwards.
  virtual Task<std::optional<ClientGrant>> advance(std::string id, std::int64_t least,
                                                   std::int64_t to, Timestamp now,
                                                   Timestamp expires_at) = 0;
  /// Notes a use.
  virtual Task<void> touch(std::string id, Timestamp now) = 0;
  /// False: there is none that was not revoked yet.
  virtual Task<bool> revoke(const model::Access& access, std::string id, Timestamp now) = 0;
  /// Revokes the grants of this user except the `kept` ones that were used last.
  virtual Task<void> revoke_all_but(const model::Access& access, model::ExternalUserId user,
                                    std::int64_t kept, Timestamp now) = 0;
  /// Revokes the grants of every person whose own mailbox, that of the Google account with which
  /// they sign in, is no longer connected: Google refused it, or it was disconnected or is being
  /// removed. One atomic statement; returns the grants that it ended. `of`: only if that mailbox
  /// may be this connection's.
  virtual Task<std::vector<ClientGrant>> revoke_without_mailbox(
      const model::Access& access, std::optional<model::ConnectionId> of, Timestamp now) = 0;
  /// Redeemed ones, newest first.
  virtual Task<std::vector<ClientGrant>> list(const model::Access& access, std::int64_t limit) = 0;
  /// Removes the grants that expired or were revoked before `ended_before`, and the requests that
  /// expired before `asked_before`.
  virtual Task<void> purge(Timestamp ended_before, Timestamp asked_before) = 0;
};

}  // namespace gmail_mcp::store
