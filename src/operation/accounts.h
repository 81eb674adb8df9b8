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

/// So long after Google refused a credential the person may connect again before what is kept of
/// the mailbox is erased.
inline constexpr std::chrono::days grace_of_lost_connections{7};

/// Connections, from the wish to connect to the last trace of a removal, whichever way they go by:
/// Google's consent or an App Password. One loop.
class Accounts {
 public:
  /// What it stands on; outlives it.
  struct Needs {
    store::Store& store;
    accounts::TokenVault& vault;
    accounts::SignIns& sign_ins;
    accounts::FlowReceipts& receipts;
    mail::Conditions& conditions;
    accounts::Connect* google = nullptr;          // null: no Google client is set up
    accounts::AppPasswords* passwords = nullptr;  // null: App Passwords are not offered
  };
  /// `sign_in_begins` is told when a person is about to come to our pages: over stdio somebody must
  /// begin to listen for them; may be empty.
  Accounts(const Services& services, Needs needs, Mail& mail, History& history,
           std::function<void()> sign_in_begins);

  // Connecting.

  bool offers_google() const { return needs_.google != nullptr; }
  bool offers_passwords() const { return needs_.passwords != nullptr; }
  /// What our pages show a person, and where they lead. `google` throws misconfigured where there
  /// is no client.
  accounts::Connect& google() const;
  accounts::SignIns& sign_ins() const { return needs_.sign_ins; }
  accounts::FlowReceipts& receipts() const { return needs_.receipts; }

  /// A sign-in for the person to finish: at Google when there is a client for it, else with an App
  /// Password on our page (auth_url is then connect_url).
  Task<model::FlowStart> begin(Call& call, model::FlowRequest request);
  /// One that is finished with an App Password alone.
  Task<model::FlowStart> begin_with_password(Call& call, model::FlowRequest request);
  /// The failure of a call, with the link by which the person of its connection mends it, where
  /// there is one: to connect again, or to allow the missing scope as well.
  Task<Error> with_way_back(Call& call, Error failure);

  /// The ways to a connection: by a tool, on our pages, and with a password that was given to us. A
  /// caller who leaves cuts none of them in half.
  Task<model::FlowEnd> finish(Call& call, std::string state, std::string code);
  Task<model::FlowEnd> finish_in_browser(Call& call, std::string state, std::string code,
                                         std::string browser_secret);
  Task<model::FlowEnd> finish_with_password(Call& call, accounts::TypedAccount typed);
  Task<model::Connection> add(Call& call, model::NewAccount account);

  /// What every way to a connection ends with, and to one that is connected again: nobody uses what
  /// was opened before, what was archived under the rules of another kind is erased (what fails is
  /// logged, and left to `finish_endings`), and its mailbox is followed if those of its kind are.
  Task<void> connected(model::Connection connection);

  /// Sign-ins that are being finished just now, and how the last one ended: for who waits for one.
  struct Finishing {
    std::size_t running = 0;
    std::optional<model::FlowEnd> last;
  };
  const Finishing& finishing() const { return finishing_; }

  // What there is.

  /// Users the call reaches, newest first.
  Task<std::vector<store::UserSummary>> users(Call& call, std::int64_t limit);
  /// All connections, by kind and state: for the operator's numbers. Counted every few seconds at
  /// most; the list stays where it is.
  Task<void> count();
  const std::vector<store::ConnectionCount>& counted() const { return counted_; }
  Task<model::ConnectionCheck> check(Call& call, std::string id);
  /// Throws why an inactive connection cannot be used.
  Task<void> refuse(model::Access access, model::ConnectionId id);

  // Ending. A connection is marked first: from then on nobody uses it, and whatever cuts this
  // short, `finish_endings` goes on.

  /// Nothing follows the mailbox any more, and what is kept of it is erased, but for the archive
  /// where that is to be kept.
  Task<model::Disconnected> disconnect(Call& call, std::string id, bool revoke_google_access,
                                       bool keep_archive);
  /// Disconnects, revokes, and deletes the connection with everything stored for it, but how much
  /// it sent of its day.
  Task<model::Disconnected> remove(Call& call, std::string id);

  /// What became of a user's accounts.
  struct RemovedUser {
    std::size_t accounts = 0;
    std::vector<std::string> not_revoked;  // a sentence for each whose consent Google still holds
  };
  /// Removes all accounts of the user, one after the other as above, then everything else that is
  /// known of them; what they did stays in the audit without their name. Cut short, it is called
  /// again. Throws not_found, and conflict when an account is connected meanwhile.
  Task<RemovedUser> remove_user(Call& call, model::ExternalUserId user);

  /// Finishes the removals, revocations and erasures that were cut, by the end of a process or by a
  /// failure, and begins those of connections that were lost for the time of grace. It may meet one
  /// that is under way: each step may be taken twice. A failure is logged, and left to the next
  /// time.
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
