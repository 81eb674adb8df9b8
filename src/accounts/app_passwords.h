#pragma once

#include <functional>
#include <memory>
#include <string>

#include "accounts/password_source.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/secret.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "model/access.h"
#include "model/connection.h"
#include "model/flow.h"
#include "model/user.h"
#include "store/store.h"

namespace gmail_mcp::accounts {

/// An account somebody wants to connect with an App Password.
struct NewAccount {
  model::ExternalUserId user;
  std::string email;
  Secret app_password;  // as typed: blanks are dropped
  std::string display_name;
};

/// Accounts that are connected with a Google App Password: the other half of TokenVault. The only
/// place where a stored password becomes a usable one. One loop.
class AppPasswords {
 public:
  /// Signs in to IMAP and SMTP; throws the Error a person can act on. Made by src/app, so that this
  /// folder knows neither protocol.
  using Verify = std::function<Task<void>(std::string address, Secret password)>;
  /// A link where the person types a new password; empty when there is none.
  using ConnectUrl =
      std::function<Task<std::string>(const model::Access&, const model::Connection&)>;

  AppPasswords(store::Store& store, const crypto::KeyRing& keys, Verify verify, Clock& clock,
               Log& log);
  ~AppPasswords();

  void set_connect_url(ConnectUrl connect_url);

  /// Verifies at IMAP and SMTP, then saves; adding the same (user, address) again replaces the
  /// credential under the same id. A refused password is `invalid_argument` with the hint of its
  /// cause; nothing is saved on any failure.
  Task<model::Connection> add(const model::Access& access, NewAccount account);

  /// The password of one connection, for the backends that work on it.
  std::shared_ptr<PasswordSource> source(const model::Access& access, model::ConnectionId id);

  /// Whether the stored password still works, asked of the server.
  Task<model::ConnectionCheck> check(const model::Access& access, model::ConnectionId id);

  /// Drops what is cached of a connection (its password was replaced, it was removed).
  void forget(const model::ConnectionId& id);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp::accounts
