#pragma once

#include <functional>
#include <memory>
#include <string>

#include "accounts/connect_tally.h"
#include "accounts/password_source.h"
#include "accounts/sign_ins.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "model/access.h"
#include "model/connection.h"
#include "model/flow.h"
#include "model/new_account.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

using model::NewAccount;

/// What a person typed into our page.
struct TypedAccount {
  std::string state;
  std::string email;  // of no weight when the flow names the address
  Secret app_password;
  std::string display_name;
  std::string peer;  // who typed it: an IP address, to bound the attempts of one
};

/// Accounts that are connected with a Google App Password: the other half of TokenVault. The only
/// place where a stored password becomes a usable one; nothing opened is kept. One loop.
class AppPasswords {
 public:
  /// Signs in to IMAP and SMTP; throws the Error a person can act on: `unauthenticated` when the
  /// password or the account was refused, with the hint of the cause. Made by src/app, so that this
  /// folder knows neither protocol.
  using Verify = std::function<Task<void>(std::string address, Secret password)>;

  AppPasswords(store::Store& store, const crypto::KeyRing& keys, Verify verify, Clock& clock,
               Log& log, ConnectTally& tally);
  ~AppPasswords();

  /// Verifies at IMAP and SMTP, then saves; adding the same (user, address) again replaces the
  /// credential under the same id. A refused password is `invalid_argument` with the hint of its
  /// cause, too many of them by one user for one address, or by all users together, are
  /// `rate_limited`; nothing is saved on any failure.
  Task<model::Connection> add(const model::Access& access, NewAccount account);

  /// The same for the person on our page, who holds the state of a flow. The state is used up when
  /// all is well, so that a mistyped password can be typed again: a few times a flow and a peer.
  /// Errors beside those of `add`: not_found, invalid_argument for a flow that is over.
  Task<model::FlowEnd> finish(SignIns& sign_ins, TypedAccount typed);

  /// The password of one connection, for the backends that work on it.
  std::shared_ptr<PasswordSource> source(const model::Access& access, model::ConnectionId id);

  /// Whether the stored password still works, asked of the servers. Refused by them, the connection
  /// becomes reconnect_required. It is no try: nobody's tries keep it from being asked. Servers
  /// that take no logins for now throw rate_limited, an unreachable id throws not_found.
  Task<model::ConnectionCheck> check(const model::Access& access, model::ConnectionId id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::accounts
