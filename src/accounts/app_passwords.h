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
  std::string email;  // ignored when the flow names the address
  Secret app_password;
  std::string display_name;
  std::string peer;  // the person's IP address, to limit their attempts
};

/// Accounts that are connected with a Google App Password: the counterpart of TokenVault. The only
/// place where a stored password becomes a usable one; no decrypted password is kept. One loop.
class AppPasswords {
 public:
  /// Signs in to IMAP and SMTP; throws an Error that a person can act on: `unauthenticated` when
  /// the password or the account was refused, with the hint of the cause. Given by src/app, so that
  /// this folder knows neither protocol.
  using Verify = std::function<Task<void>(std::string address, Secret password)>;

  AppPasswords(store::Store& store, const crypto::KeyRing& keys, Verify verify, Clock& clock,
               Log& log, ConnectTally& tally);
  ~AppPasswords();

  /// Verifies at IMAP and SMTP, then saves; adding the same (user, address) again replaces the
  /// credential under the same id. A refused password is `invalid_argument` with the hint of its
  /// cause, too many of them by one user for one address, or by all users together, are
  /// `rate_limited`; nothing is saved on any failure.
  Task<model::Connection> add(const model::Access& access, NewAccount account);

  /// The same for the person on our page, who has the state of a flow. The state is used up only on
  /// success, so that a mistyped password can be typed again: a few times for each flow and peer.
  /// Errors besides those of `add`: not_found, invalid_argument for a flow that is over.
  Task<model::FlowEnd> finish(SignIns& sign_ins, TypedAccount typed);

  /// The password of one connection, for the backends that use it.
  std::shared_ptr<PasswordSource> source(const model::Access& access, model::ConnectionId id);

  /// Asks the servers whether the stored password still works. If they refuse it, the connection
  /// becomes reconnect_required. This does not count as a try and is not limited by tries. Throws
  /// rate_limited when the servers accept no logins for now, and not_found for an id outside the
  /// access.
  Task<model::ConnectionCheck> check(const model::Access& access, model::ConnectionId id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::accounts
