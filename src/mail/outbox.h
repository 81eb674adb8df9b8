#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/receipt.h"
#include "base/task.h"
#include "mail/compose.h"
#include "mail/pool.h"
#include "model/access.h"
#include "model/connection.h"
#include "store/store.h"

namespace gmail_mcp::mail {

/// What is about to go out. Borrowed: while the guard looks at it.
struct AboutToSend {
  const model::Access& access;
  const model::Connection& connection;
  const std::string& send_id;  // of its SendRecord
  Mailbox& mailbox;
  /// Bare addresses: the recipients, and where the caller wants answers to go.
  const std::vector<std::string>& people;
  const Outgoing& outgoing;
  const model::DraftId* draft = nullptr;  // that it was in, if any
};

/// Thrown by a guard: the message waits for a decision, and was not sent. No Error, because nothing
/// failed.
struct HeldBack {
  std::string send_id;
};

/// May look at what is about to go out, after the policy allowed it, and hold it back.
using SendGuard = std::function<Task<void>(AboutToSend about)>;

/// One wish to send.
struct SendOrder {
  model::Connection connection;
  std::string tool;             // scope of the idempotency key, with user and connection
  std::string idempotency_key;  // empty: none
  std::string fingerprint;      // digest of the canonical arguments
  NewMessage message;
  std::optional<model::DraftId> draft;  // this one instead of `message`
  std::optional<Outgoing> composed;     // or this, as it was when it was held back,
  std::vector<std::string> people;      // and AboutToSend::people of it
  /// Of `composed` from a draft: the message that was in it. The draft is deleted once that is sent
  /// and while nothing else is in it.
  std::optional<model::MessageId> draft_message;
  SendGuard guard;     // none: nothing is held back
  Shareholder reader;  // of what has to be fetched for it
  /// Has the caller hung up meanwhile? Asked only while `send` runs; empty: nobody can tell.
  std::function<bool()> caller_is_gone;
};

struct SendOutcome {
  model::Sent sent;
  std::string send_id;        // of its SendRecord: for Outbox::fate
  bool deduplicated = false;  // an earlier identical call did it
  /// Of a send without a key. If it is lost, an identical send within a minute is this one.
  Receipt receipt;
};

/// Judges recipients and counts before anything goes out; throws Errc::forbidden or rate_limited.
using SendPolicy = std::function<Task<void>(const model::Connection& connection,
                                            const std::vector<std::string>& recipients)>;

/// Who is told what went out, before the caller is. What it throws is logged and changes nothing.
struct SentNews {
  /// Reads what is about to go out, whose bytes go with it; nothing: there is no need to tell.
  std::function<Task<std::optional<model::Message>>(model::Connection connection,
                                                    const std::string& rfc822)>
      read;
  std::function<Task<void>(model::Connection connection, model::Sent sent, model::Message message)>
      tell;
};

/// Where mail goes out: at most once (docs/architecture.md, *Sending once*). A send is durable in
/// the store before its first byte; from then on it belongs to the outbox, and neither the caller's
/// going away nor a shutdown within its grace stops it, only the answer. One loop.
class Outbox {
 public:
  /// `work_pool` writes what is large; none: the loop does.
  Outbox(const Executor& executor, store::Store& store, Pool& pool, Clock& clock, Log& log,
         WorkPool* work_pool = nullptr, SentNews sent_news = SentNews{});
  ~Outbox();

  /// How long a caller waits once a server has the whole message and has not said whether it takes
  /// it. Then it is `outcome_unknown`; what the server says later is recorded, and a repeat told.
  void set_patience(std::chrono::milliseconds patience);

  /// Composes, or looks into the draft, asks the policy and the guard, sends, remembers. Errors of
  /// a certain failure are those of the mailbox; `outcome_unknown` when it may have been sent;
  /// `conflict` for a key reused with other arguments. HeldBack from the guard.
  Task<SendOutcome> send(const model::Access& access, SendOrder order, SendPolicy policy);

  /// Sends what a guard held back under this id: `order` has `composed`, and no guard.
  /// At most once, however often it is called, and never again after a send of which nobody knows
  /// the end. `not_found` when there is no such send.
  Task<SendOutcome> send_held(const model::Access& access, std::string send_id, SendOrder order,
                              SendPolicy policy);

  /// What became of the send with this id, for those who did not wait for it. A pending one of a
  /// process that is gone is looked for in the mailbox.
  struct Fate {
    store::SendStatus status = store::SendStatus::pending;  // pending: it is under way
    model::Sent sent;
  };
  Task<std::optional<Fate>> fate(const model::Access& access, std::string send_id,
                                 model::Connection connection);

  /// Runs an effect so that cancelling the caller does not stop it.
  Task<void> commit(Task<void> effect);

  /// Waits for what is under way, for at most `grace`, then cancels it: before the process ends.
  Task<void> drain(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;  // receipts refer to it weakly
};

}  // namespace gmail_mcp::mail
