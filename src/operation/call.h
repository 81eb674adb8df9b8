#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fair_share.h"
#include "base/receipt.h"
#include "base/task.h"
#include "mail/compose.h"
#include "mail/mailbox.h"
#include "mail/pool.h"
#include "model/access.h"
#include "model/archive.h"
#include "model/caller.h"
#include "model/connection.h"
#include "model/draft_change.h"
#include "model/flow.h"
#include "model/new_account.h"
#include "operation/services.h"
#include "store/archive.h"

namespace gmail_mcp::operation {

/// Where a call came from, for log and audit.
struct Origin {
  std::string surface;     // "mcp", "rest", "cli", "web"
  std::string request_id;  // ours, unique
  /// Has the caller hung up by now, as far as its surface can tell? Asked only while the call runs;
  /// empty: a caller who hangs up is cancelled.
  std::function<bool()> caller_is_gone = {};
  bool is_local = false;  // the command line or stdio: nobody but who started us hears it
};

/// The one place that turns a Caller into an Access (friend of model::Access).
class Gate {
 public:
  /// Throws forbidden for a caller that may touch nobody's data (Flow).
  static model::Access access(const model::Caller& caller);
};

/// What a tool may do, and for whom: its only way from an id to a thing. Lives as long as the call;
/// belongs to one task.
class Call {
 public:
  Call(const Services& services, model::Caller caller, Origin origin);

  const model::Caller& caller() const { return caller_; }
  const Origin& origin() const { return origin_; }
  const model::Access& access() const { return access_; }
  Clock& clock() const { return services_.clock; }
  /// Who takes what is large from the share of answers.
  Shareholder reader() const;
  /// For offload(): where work on much text is done.
  WorkPool* work_pool() const { return services_.work_pool; }

  /// The user the call is for: `requested`, if the caller may act for that one; the caller's own
  /// when nothing is requested. Throws invalid_argument when neither says whom.
  Task<model::ExternalUserId> user(std::optional<std::string> requested);
  /// Whom a list is narrowed to; nothing when neither says whom: everybody the access reaches. One
  /// the caller may not act for is returned too: of that one the store shows nothing, as of one
  /// that does not exist.
  Task<std::optional<model::ExternalUserId>> any_user(std::optional<std::string> requested);
  /// Throws invalid_argument when the user the caller is held to cannot be one.
  Task<void> check_caller();

  /// The connection; somebody else's and a missing one give the same not_found.
  Task<model::Connection> connection(std::string id);
  Task<std::vector<model::Connection>> connections(std::optional<model::ExternalUserId> user,
                                                   bool include_inactive);
  /// Its open mailbox. Throws reconnect_required for an inactive one.
  Task<mail::MailboxLease> mailbox(std::string connection_id);

  /// A sign-in for the person to finish: at Google when there is a client for it, else with an App
  /// Password on our page (auth_url is then connect_url).
  Task<model::FlowStart> start_flow(model::FlowRequest request);
  /// A sign-in that is finished with an App Password alone.
  Task<model::FlowStart> start_password_flow(model::FlowRequest request);
  Task<model::FlowEnd> finish_flow(std::string state, std::string code);
  Task<model::ConnectionCheck> check_connection(std::string id);
  /// Erases what is kept of the mailbox, but for the archive where that is to be kept.
  Task<model::Disconnected> disconnect(std::string id, bool revoke_google_access,
                                       bool keep_archive);

  Task<model::Connection> add_account(model::NewAccount account);
  /// Disconnects, revokes, and deletes the connection with everything stored for it, but how much
  /// it sent of its day. Once begun it ends, whatever happens to the caller.
  Task<model::Disconnected> remove_account(std::string id);

  struct SendResult {
    model::Sent sent;
    bool deduplicated = false;
  };
  /// Through policy and outbox, at most once.
  Task<SendResult> send(std::string connection_id, mail::NewMessage message,
                        std::string idempotency_key);

  Task<SendResult> send_draft(std::string connection_id, model::DraftId draft,
                              std::string idempotency_key);
  /// Makes a draft; the policy judges its recipients as if it were sent.
  Task<mail::DraftRef> create_draft(std::string connection_id, mail::NewMessage message);
  /// The same of one that is there: what `change` does not name stays.
  Task<mail::DraftRef> change_draft(std::string connection_id, model::DraftId draft,
                                    model::DraftChange change);

  struct Fetched {
    std::int64_t count = 0;
    std::vector<model::ArchivedMessage> newest;  // newest first
    bool is_complete = true;                     // false: fetching goes on in the background
  };
  /// Brings what is new into the local archive; the first time it begins one. `show`: how many of
  /// the new messages to return. What POST /accounts/{id}/fetch does too.
  Task<Fetched> fetch_inbox(std::string connection_id, std::size_t show);
  /// What the archive holds (store/archive.h). Each throws not_found when there is none yet.
  Task<store::ArchivePage> history(std::string connection_id, std::string email, std::int64_t limit,
                                   std::string cursor);
  struct FoundInArchive {
    store::ArchivePage page;
    std::string how_searched;  // a sentence, where nothing was found
  };
  Task<FoundInArchive> search_archive(std::string connection_id, std::string query,
                                      std::int64_t limit, std::string cursor);
  Task<model::Contact> contact(std::string connection_id, std::string email);
  Task<std::vector<model::Contact>> contacts(std::string connection_id, std::int64_t limit);
  Task<store::ConversationPage> conversations(std::string connection_id, std::int64_t limit,
                                              std::string cursor);

  /// From here on `effect` runs to its end whatever happens to the caller.
  Task<void> commit(Task<void> effect);

  /// What is missing for work; empty: ready. For `gmail_check_setup` and the CLI.
  Task<SetupReport> setup_report();

  /// For the operator's tools; each throws misconfigured where nothing can be done.
  Task<setup::Trial> try_setup(bool verbose);
  Task<setup::Migrations> migrate();
  /// Over HTTP the answer holds no key.
  setup::WrittenConfig write_config(const setup::NewConfig& wanted);

  /// Users the access reaches, newest first.
  Task<std::vector<store::UserSummary>> users(std::int64_t limit);

  /// Where the person of the last connection goes to allow `scope` as well; empty if nowhere.
  Task<std::string> consent_link(std::string scope);

  /// Told to the audit row; set by the verbs above.
  std::string audited_user() const { return audited_user_; }
  /// The user named by a caller who may not act for that one; empty if none was.
  std::string asked_for() const { return asked_for_; }
  std::string audited_connection() const { return audited_connection_; }
  void set_operation(std::string_view name) { operation_ = name; }
  /// Wants to know whether the caller gets the answer of this call.
  Receipt take_receipt() { return std::move(receipt_); }

 private:
  // Tells the audit row whose call it is, and counts it for that user, once.
  Task<model::ExternalUserId> accept_user_id(std::string text);
  void is_for(const model::ExternalUserId& user);
  // The call reaches nothing of whom it names: it is the caller's own.
  void is_own();
  Task<mail::SendOrder> order(std::string connection_id, std::string idempotency_key);
  Task<SendResult> place(mail::SendOrder order);
  /// Once the policy has judged it; `replaced`: instead of that draft.
  Task<mail::DraftRef> save_draft(mail::MailboxLease box, mail::Composed composed,
                                  std::optional<model::DraftId> replaced);

  accounts::AppPasswords& passwords() const;
  Task<void> require_active(const model::Connection& connection);

  /// The connection, if it has an archive that may be read.
  Task<model::Connection> archived(std::string id);

  const Services& services_;
  model::Caller caller_;
  Origin origin_;
  model::Access access_;
  std::string operation_;
  std::optional<model::Connection> last_connection_;
  Receipt receipt_;
  std::string audited_user_;
  std::string asked_for_;
  std::string audited_connection_;
};

}  // namespace gmail_mcp::operation
