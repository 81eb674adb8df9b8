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
  /// Has the caller hung up by now, as far as its surface can tell? Asked only while the call runs;
  /// empty: a caller who hangs up is cancelled.
  std::function<bool()> caller_is_gone = {};
  bool is_local = false;  // the command line or stdio: nobody but who started us hears it
};

/// The one place that turns a Caller into an Access (friend of model::Access).
class Admission {
 public:
  /// Of the person on our pages (Flow): one that reaches nobody's data.
  static model::Access access(const model::Caller& caller);
};

/// One call: who makes it, whose data it may touch, and what the audit row will say. A tool gets
/// from an id to a thing only by it; the verbs of Mail, History and Accounts take it. Lives as long
/// as the call; belongs to one task.
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
  /// Notes that the connection is used. Throws reconnect_required, with the way back, for an
  /// inactive one.
  Task<void> use(const model::Connection& connection);
  /// Its open mailbox. Throws as `use`.
  Task<mail::MailboxLease> mailbox(std::string connection_id);

  /// From here on `effect`, which owns all it needs, runs to its end whatever happens to the
  /// caller.
  template <class T>
  Task<T> commit(Task<T> effect);
  /// The same of one verb of the mailbox: `co_await call.change(box, &mail::Mailbox::trash, id)`.
  template <class T, class... Wanted>
  Task<T> change(mail::MailboxLease box, Task<T> (mail::Mailbox::*verb)(Wanted...),
                 std::type_identity_t<Wanted>... wanted);

  /// For the audit row, where the connection was not found by `connection`: the call makes it, or
  /// ends it.
  void is_about(const model::Connection& connection);
  /// Wants to know whether the caller gets the answer of this call.
  void expect(Receipt receipt) { receipt_.join(std::move(receipt)); }
  Receipt take_receipt() { return std::move(receipt_); }

  /// For the audit row; empty: none.
  const std::string& audited_user() const { return audited_user_; }
  const std::string& audited_connection() const { return audited_connection_; }
  /// The user named by a caller who may not act for that one.
  const std::string& asked_for() const { return asked_for_; }
  /// What `connection` found last.
  const std::optional<model::Connection>& last_connection() const { return last_connection_; }

 private:
  // Tells the audit row whose call it is, and counts it for that user, once.
  Task<model::ExternalUserId> accept_user_id(std::string text);
  void is_for(const model::ExternalUserId& user);
  // The call reaches nothing of whom it names: it is the caller's own.
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
    // Theirs together: the caller's frame may be gone first.
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
