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

/// One wish to send.
struct SendOrder {
  model::Connection connection;
  std::string tool;             // scope of the idempotency key, with user and connection
  std::string idempotency_key;  // empty: none
  std::string fingerprint;      // digest of the canonical arguments
  NewMessage message;
  std::optional<model::DraftId> draft;  // this one instead of `message`
  Shareholder reader;                   // of what has to be fetched for it
  /// Has the caller hung up meanwhile? Asked only while `send` runs; empty: nobody can tell.
  std::function<bool()> caller_is_gone;
};

struct SendOutcome {
  model::Sent sent;
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

  /// Composes, or looks into the draft, asks the policy, sends, remembers. Errors of a certain
  /// failure are those of the mailbox; `outcome_unknown` when it may have been sent; `conflict` for
  /// a key reused with other arguments.
  Task<SendOutcome> send(const model::Access& access, SendOrder order, SendPolicy policy);

  /// Runs an effect so that cancelling the caller does not stop it.
  Task<void> commit(Task<void> effect);

  /// Waits for what is under way, for at most `grace`, then cancels it: before the process ends.
  Task<void> drain(std::chrono::milliseconds grace);

 private:
  struct State;
  std::shared_ptr<State> state_;  // receipts refer to it weakly
};

}  // namespace gmail_mcp::mail
