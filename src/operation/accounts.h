#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "accounts/app_passwords.h"
#include "accounts/connect.h"
#include "accounts/flow_receipts.h"
#include "accounts/sign_ins.h"
#include "accounts/token_vault.h"
#include "base/task.h"
#include "mail/conditions.h"
#include "model/connection.h"
#include "model/flow.h"
#include "model/new_account.h"
#include "operation/services.h"
#include "store/store.h"

namespace gmail_mcp::operation {

class Call;

/// After Google refused a credential, the person has this long to connect again before the data
/// kept of the mailbox is erased.
inline constexpr std::chrono::days grace_of_lost_connections{7};

/// Connects accounts, with Google's consent or an App Password, and removes them with all their
/// data. One loop.
class Accounts {
 public:
  /// What it uses; outlives it.
  struct Needs {
    store::Store& store;
    accounts::TokenVault& vault;
    accounts::SignIns& sign_ins;
    accounts::FlowReceipts& receipts;
    mail::Conditions& conditions;
    accounts::Connect* google = nullptr;          // null: no Google client is set up
    accounts::AppPasswords* passwords = nullptr;  // null: App Passwords are not offered
  };
  /// `sign_in_begins` is called when a person is about to come to our pages, because over stdio
  /// nothing listens until then; may be empty.
  Accounts(const Services& services, Needs needs, Mail& mail, History& history,
           std::function<void()> sign_in_begins);

  // Connecting.

  bool offers_google() const { return needs_.google != nullptr; }
  bool offers_passwords() const { return needs_.passwords != nullptr; }
  /// For our pages. `google` throws misconfigured without a Google client.
  accounts::Connect& google() const;
  accounts::SignIns& sign_ins() const { return needs_.sign_ins; }
  accounts::FlowReceipts& receipts() const { return needs_.receipts; }

  /// A sign-in for the person to finish: at Google if there is a Google client, otherwise with an
  /// App Password on our page (auth_url is then connect_url).
  Task<model::FlowStart> begin(Call& call, model::FlowRequest request);
  /// A sign-in that can only be finished with an App Password.
  Task<model::FlowStart> begin_with_password(Call& call, model::FlowRequest request);
  /// The failure of a call, if possible with the link by which the person can repair it: to connect
  /// again, or to allow the missing scope.
  Task<Error> with_way_back(Call& call, Error failure);

  /// The ways to a connection: by a tool, on our pages, and with a given password. Each is finished
  /// even if the caller leaves.
  Task<model::FlowEnd> finish(Call& call, std::string state, std::string code);
  Task<model::FlowEnd> finish_in_browser(Call& call, std::string state, std::string code,
                                         std::string browser_secret);
  /// Of a person who signs in to this server: `finish` is Connect::sign_in.
  Task<model::FlowEnd> finish_sign_in(Call& call, Task<model::FlowEnd> finish);
  Task<model::FlowEnd> finish_with_password(Call& call, accounts::TypedAccount typed);
  Task<model::Connection> add(Call& call, model::NewAccount account);

  /// Whether Google or the mail servers have accepted the credential just now.
  enum class Verified { no, yes };
  /// The last step whenever an account was connected, also if it was connected before: closes what
  /// is still open for it, erases an archive that was kept under the rules of another kind (a
  /// failure is logged, and left to `finish_endings`), and follows the mailbox if its kind is
  /// followed.
  Task<void> connected(model::Connection connection, Verified verified);

  /// The sign-ins that are being finished now, and how the last one ended. For waiting callers.
  struct Finishing {
    std::size_t running = 0;
    std::optional<model::FlowEnd> last;
  };
  const Finishing& finishing() const { return finishing_; }

  // Lists and look-ups.

  /// The users that the call may see, newest first.
  Task<std::vector<store::UserSummary>> users(Call& call, std::int64_t limit);
  /// Counts all connections by kind and state, for the operator's numbers: every few seconds at
  /// most. The list of `counted` keeps its address.
  Task<void> count();
  const std::vector<store::ConnectionCount>& counted() const { return counted_; }
  Task<model::ConnectionCheck> check(Call& call, std::string id);
  /// Throws why an inactive connection cannot be used.
  Task<void> refuse(model::Access access, model::ConnectionId id);

  // Ending. The connection is marked first: from then on it cannot be used, and if the rest is
  // interrupted, `finish_endings` continues.

  /// Stops following the mailbox and erases the data kept of it, except an archive that is to be
  /// kept.
  Task<model::Disconnected> disconnect(Call& call, std::string id, bool revoke_google_access,
                                       bool keep_archive);
  /// Disconnects, revokes, and deletes the connection with everything stored for it, except for the
  /// number of its sends of the day.
  Task<model::Disconnected> remove(Call& call, std::string id);

  /// The result of removing a user's accounts.
  struct RemovedUser {
    std::size_t accounts = 0;
    std::vector<std::string> not_revoked;  // a sentence for each whose consent Google still holds
  };
  /// Removes all accounts of the user, one after the other as above, then everything else that is
  /// known about them; their actions stay in the audit without their name. If it is interrupted, it
  /// can be called again. Throws not_found, and conflict if an account is connected during it.
  Task<RemovedUser> remove_user(Call& call, model::ExternalUserId user);

  /// Finishes removals, revocations and erasures that were interrupted by a failure or the end of a
  /// process, and erases the data of connections whose time to connect again is over. May run while
  /// one of these is under way, because each step may be taken twice. A failure is logged, and left
  /// to the next run.
  Task<void> finish_endings();

 private:
  accounts::AppPasswords& passwords() const;
  Task<model::FlowStart> begin_with_password(model::Access access, model::FlowRequest request);
  Task<std::string> consent_link(model::Access access, model::Connection narrow, std::string scope);
  Task<std::string> link_again(model::Access access, model::Connection lost);
  Task<model::FlowEnd> finish_whole(Call& call, Task<model::FlowEnd> finish);
  Task<void> settle_archive(model::Connection connection);
  // With a version: not_found unless the connection is at that one.
  Task<model::Disconnected> end(model::Access access, model::Connection connection,
                                bool revoke_google_access, store::Erasure erasure,
                                std::optional<std::int64_t> version);
  Task<model::Disconnected> remove(model::Access access, model::Connection connection,
                                   std::optional<std::int64_t> version);
  Task<void> erase_kept(model::Access access, model::Connection connection, store::Erasure erasure);
  Task<model::Connection> finish_ending(Call& call, store::Ending ending);
  Task<void> forget_sends(model::Access access, model::Connection connection);

  const Services& services_;
  const Needs needs_;
  Mail& mail_;
  History& history_;
  std::function<void()> sign_in_begins_;
  Finishing finishing_;
  std::vector<store::ConnectionCount> counted_;
  std::optional<std::chrono::steady_clock::time_point> counted_at_;
};

}  // namespace gmail_mcp::operation
