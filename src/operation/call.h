#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/fair_share.h"
#include "base/receipt.h"
#include "base/steps.h"
#include "base/task.h"
#include "mail/mailbox.h"
#include "mail/pool.h"
#include "model/access.h"
#include "model/caller.h"
#include "model/connection.h"
#include "operation/services.h"

namespace gmail_mcp::operation {

/// Where a call came from, for log and audit.
struct Origin {
  std::string surface;     // "mcp", "rest", "cli", "web"
  std::string request_id;  // ours, unique
  /// Whether the caller has hung up, as far as its surface can tell. Asked only while the call
  /// runs; empty: a caller who hangs up is cancelled.
  std::function<bool()> caller_is_gone = {};
  bool is_local = false;  // the command line or stdio: only the person who started us hears it
  /// Tells the caller how far the call is; empty: they cannot hear it. `done` grows from call to
  /// call; the sentence has no content of mail. Called only while the call runs.
  std::function<Task<void>(std::int64_t done, std::optional<std::int64_t> total,
                           std::string sentence)>
      tell_progress = {};
};

/// The one place that turns a Caller into an Access (friend of model::Access).
class Admission {
 public:
  /// For the person on our pages (Flow): reaches nobody's data.
  static model::Access access(const model::Caller& caller);
};

/// One call: the caller, whose data it may touch, and what the audit row will say. Only through it
/// a tool gets from an id to an object; the verbs of Mail, History and Accounts take it. Lives as
/// long as the call; belongs to one task.
class Call {
 public:
  /// `operation` is a constant.
  Call(const Services& services, model::Caller caller, Origin origin,
       std::string_view operation = {});

  const model::Caller& caller() const { return caller_; }
  const Origin& origin() const { return origin_; }
  const model::Access& access() const { return access_; }
  std::string_view operation() const { return operation_; }
  Clock& clock() const { return services_.clock; }
  Setup& setup() const { return services_.setup; }
  /// Throws what is missing while the set-up is incomplete.
  const House& house() const;
  /// Whose share of answers a large answer counts in.
  Shareholder reader() const;
  /// For offload(): where work on much text is done.
  WorkPool* work_pool() const { return services_.work_pool; }

  /// The user the call is for: `requested`, if the caller may act for that user; without a request
  /// the caller's own. Throws invalid_argument when there is neither.
  Task<model::ExternalUserId> user(std::optional<std::string> requested);
  /// The user a list is narrowed to; nullopt: all users within the access. A user the caller may
  /// not act for is returned too: the store shows nothing of them, as of one that does not exist.
  Task<std::optional<model::ExternalUserId>> any_user(std::optional<std::string> requested);
  /// False: the caller is limited to a user whose id would be refused today.
  bool is_caller_valid() const;
  /// Throws invalid_argument for such a caller, unless that user is stored.
  Task<void> check_caller();

  /// Whether the caller's credential is limited to some connections.
  bool is_for_some() const { return !caller_.grant.connections.empty(); }

  /// The connection; a missing one, someone else's and one beyond the credential's limits give the
  /// same not_found.
  Task<model::Connection> connection(std::string id);
  Task<std::vector<model::Connection>> connections(std::optional<model::ExternalUserId> user,
                                                   bool include_inactive);
  /// Records the use of the connection. Throws reconnect_required for an inactive one, with the
  /// link to connect again.
  Task<void> use(const model::Connection& connection);
  /// Its open mailbox. Throws as `use`.
  Task<mail::MailboxLease> mailbox(std::string connection_id);

  /// Runs `effect`, which owns all it needs, to its end, even if the caller leaves.
  template <class T>
  Task<T> commit(Task<T> effect);
  /// The same for one verb of the mailbox: `co_await call.change(box, &mail::Mailbox::trash, id)`.
  template <class T, class... Wanted>
  Task<T> change(mail::MailboxLease box, Task<T> (mail::Mailbox::*verb)(Wanted...),
                 std::type_identity_t<Wanted>... wanted);

  /// Tells the caller that so many of `total` are done ("messages changed"). Empty when they cannot
  /// hear it. Must not outlive the call.
  TellSteps teller(std::optional<std::int64_t> total, std::string what) const;

  /// Names the connection for the audit row, when it was not found by `connection` because the call
  /// makes it or ends it.
  void is_about(const model::Connection& connection);
  /// `receipt` learns whether the caller gets the answer of this call.
  void expect(Receipt receipt) { receipt_.join(std::move(receipt)); }
  Receipt take_receipt() { return std::move(receipt_); }

  /// For the audit row; empty: none.
  const std::string& audited_user() const { return audited_user_; }
  const std::string& audited_connection() const { return audited_connection_; }
  /// The user named by a caller who may not act for that one.
  const std::string& asked_for() const { return asked_for_; }
  /// The last one that `connection` found.
  const std::optional<model::Connection>& last_connection() const { return last_connection_; }

 private:
  // Throws `fault`, what is wrong with the id, unless the user is stored.
  Task<void> check_stored(const model::ExternalUserId& user, const Error& fault);
  // Notes the user for the audit row, and counts the call for that user, once.
  void is_for(const model::ExternalUserId& user);
  bool may_reach(const model::ConnectionId& id) const;
  // The named user's data is out of reach, so the call counts as the caller's own.
  void is_own();

  Task<void> finish_effect(Task<void> effect);

  const Services& services_;
  model::Caller caller_;
  Origin origin_;
  model::Access access_;
  std::string_view operation_;
  std::optional<model::Connection> last_connection_;
  Receipt receipt_;
  std::string audited_user_;
  std::string asked_for_;
  std::string audited_connection_;
};

template <class T>
Task<T> Call::commit(Task<T> effect) {
  if constexpr (std::is_void_v<T>) {
    co_await finish_effect(std::move(effect));
  } else {
    // Shared, because the caller's frame may be gone first.
    auto result = std::make_shared<std::optional<T>>();
    auto keep = [](Task<T> work, std::shared_ptr<std::optional<T>> out) -> Task<void> {
      *out = co_await std::move(work);
    };
    co_await finish_effect(keep(std::move(effect), result));
    co_return std::move(**result);
  }
}

template <class T, class... Wanted>
Task<T> Call::change(mail::MailboxLease box, Task<T> (mail::Mailbox::*verb)(Wanted...),
                     std::type_identity_t<Wanted>... wanted) {
  auto hold = [](mail::MailboxLease open, Task<T> (mail::Mailbox::*what)(Wanted...),
                 Wanted... with) -> Task<T> {
    co_return co_await ((*open).*what)(std::move(with)...);
  };
  return commit(hold(std::move(box), verb, std::move(wanted)...));
}

}  // namespace gmail_mcp::operation
