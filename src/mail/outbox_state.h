#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/process.h"
#include "base/shared_work.h"
#include "mail/outbox.h"

// The inside of the outbox, for its own files alone.
namespace gmail_mcp::mail {

/// The result of a send as its record keeps it.
std::string sent_to_text(const model::Sent& sent);
model::Sent sent_from_text(const std::string& text);

struct Outbox::State : std::enable_shared_from_this<State> {
  State(const Executor& executor, store::Store& store, Pool& pool, Clock& clock, Log& log,
        WorkPool* work_pool)
      : executor{executor},
        store{store},
        pool{pool},
        work_pool{work_pool},
        clock{clock},
        log{log},
        process{this_process()},
        effects{executor,
                [&log](const std::exception_ptr&) { log.error("effect_failed_unattended"); }} {}

  // One send under way. Shared by its effect and by everybody who waits for it, because either may
  // end first.
  struct Sending {
    explicit Sending(const Executor& executor) : handed_over{executor}, work{executor} {}
    Event handed_over;  // only the other side's word is missing; or it is over
    SharedWork<model::Sent> work;
    bool awaited = true;                   // the first caller is still there
    std::string id;                        // of its row, once that is ours
    std::string identity;                  // of a send without a key: what an identical one has too
    std::function<bool()> caller_is_gone;  // while the caller waits

    bool is_abandoned() const { return !awaited || (caller_is_gone && caller_is_gone()); }
  };

  // What is to be sent, and by whom: the row is claimed by being made (or, when `adopts`, taken
  // over). Shared by the effect and the caller, to whom it comes back when the row is another's.
  struct Claim {
    store::SendRecord record;
    SendOrder order;
    SendPolicy policy;
    Timestamp repeats_since;  // an equal send without a key whose answer was lost is this one
    bool adopts = false;
    bool is_ours = false;
  };

  Executor executor;
  store::Store& store;
  Pool& pool;
  WorkPool* work_pool;
  Clock& clock;
  Log& log;
  SentNews sent_news;
  std::chrono::milliseconds patience{60'000};
  std::string process;
  std::map<std::string, std::shared_ptr<Sending>> sendings;  // by send record id
  TaskGroup effects;
  bool drained = false;

  std::shared_ptr<Sending> abandoned(const std::string& identity) const;
  Task<std::string> message_id_of_draft(const SendOrder& order);
  Task<SendOutcome> outcome_of(std::shared_ptr<Sending> sending);
  Task<void> end_of(std::shared_ptr<Sending> sending);
  Task<std::optional<SendOutcome>> launch(model::Access access, std::shared_ptr<Claim> claim);
  Task<model::Sent> carry_out(model::Access access, std::shared_ptr<Claim> claim,
                              std::shared_ptr<Sending> sending);
  Task<void> record(model::Access access, std::string id, store::SendStatus status,
                    std::string result);
  Task<model::Sent> transmit(model::Access access, std::shared_ptr<Claim> claim,
                             std::shared_ptr<Sending> sending);
  Task<Composed> take_draft(Mailbox& mailbox, std::shared_ptr<Claim> claim);
  Task<model::Sent> send_by_id(Mailbox& mailbox, std::shared_ptr<Claim> claim,
                               std::shared_ptr<Sending> sending);
  Task<void> remove_sent_draft(Mailbox& mailbox, std::shared_ptr<Claim> claim);
  Task<std::optional<model::Message>> read_news(const model::Connection& connection,
                                                const std::string& rfc822);
  Receipt receipt_for(const model::Access& access, std::string id,
                      std::shared_ptr<Sending> sending);
  Task<void> note_lost(model::Access access, std::string id);
  Task<SendOutcome> repeat(model::Access access, std::shared_ptr<Claim> claim);
  Task<SendOutcome> resolve(model::Access access, store::SendRecord record, SendOrder order);
};

}  // namespace gmail_mcp::mail
