#include "mail/outbox.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "base/process.h"
#include "base/shared_work.h"
#include "base/side_task.h"
#include "base/task.h"
#include "crypto/random.h"
#include "mail/recipients.h"

namespace gmail_mcp::mail {

namespace json = boost::json;

namespace {

constexpr std::chrono::minutes repeat_window{1};     // of an undelivered answer without a key
constexpr std::chrono::minutes foreign_patience{2};  // before another host's send counts as lost
constexpr std::chrono::milliseconds wait_for_foreign{2'500};

std::string encode(const model::Sent& sent) {
  json::object out;
  out["message_id"] = sent.message_id ? json::value(json::string(sent.message_id->str())) : nullptr;
  out["thread_id"] = sent.thread_id ? json::value(json::string(sent.thread_id->str())) : nullptr;
  return json::serialize(out);
}

model::Sent decode(const std::string& text) {
  model::Sent sent;
  boost::system::error_code failed;
  const auto value = json::parse(text, failed);
  if (failed || !value.is_object()) return sent;
  if (const auto* id = value.get_object().if_contains("message_id"); id && id->is_string()) {
    sent.message_id = model::MessageId{std::string{id->get_string()}};
  }
  if (const auto* id = value.get_object().if_contains("thread_id"); id && id->is_string()) {
    sent.thread_id = model::ThreadId{std::string{id->get_string()}};
  }
  return sent;
}

std::string identity_of(const SendOrder& order) {
  return order.connection.id.str() + "/" + order.tool + "/" + order.fingerprint;
}

// What was written into the draft; whoever wrote it may not have been us.
Task<model::Message> read_draft(Mailbox& mailbox, model::DraftId id) {
  const auto draft = co_await mailbox.draft(std::move(id));
  if (!draft.sent.message_id) {
    throw Error{Errc::not_found, "There is no such draft.",
                "gmail_list_drafts shows what there is."};
  }
  co_return co_await mailbox.message(*draft.sent.message_id, Detail::metadata);
}

std::vector<std::string> recipients_of(const model::Message& message) {
  Recipients recipients;
  for (const auto* list : {&message.to, &message.cc, &message.bcc}) {
    for (const auto& one : *list) recipients.add(one.email);
  }
  return std::move(recipients).finish().value();
}

Error still_unknown() {
  return Error{Errc::outcome_unknown,
               "Whether the message was sent is not known, and it was not sent again.",
               "Look into the Sent folder before sending it once more with another "
               "idempotency_key."};
}

Error still_unsaid() {
  return Error{
      Errc::outcome_unknown,
      "The mail server has the whole message and has not said yet whether it takes it.",
      "Repeat the call with the same idempotency_key in a few minutes: it says what became "
      "of it and never sends twice."};
}

// Set at the end of the scope, however it ends.
struct Raised {
  explicit Raised(Event& raised) : event{raised} {}
  Raised(const Raised&) = delete;
  Raised& operator=(const Raised&) = delete;
  ~Raised() { event.set(); }
  Event& event;
};

}  // namespace

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
  Task<std::optional<model::Message>> read_news(const model::Connection& connection,
                                                const std::string& rfc822);
  Receipt receipt_for(const model::Access& access, std::string id,
                      std::shared_ptr<Sending> sending);
  Task<void> note_lost(model::Access access, std::string id);
  Task<SendOutcome> repeat(model::Access access, std::shared_ptr<Claim> claim);
  Task<SendOutcome> resolve(model::Access access, store::SendRecord record, SendOrder order);
};

Outbox::Outbox(const Executor& executor, store::Store& store, Pool& pool, Clock& clock, Log& log,
               WorkPool* work_pool, SentNews sent_news)
    : state_{std::make_shared<State>(executor, store, pool, clock, log, work_pool)} {
  state_->sent_news = std::move(sent_news);
}

Outbox::~Outbox() = default;

void Outbox::set_patience(std::chrono::milliseconds patience) { state_->patience = patience; }

Task<SendOutcome> Outbox::send(const model::Access& access, SendOrder order, SendPolicy policy) {
  auto& state = *state_;
  const auto now = state.clock.now();
  store::SendRecord record;
  record.id = crypto::random_uuid();
  record.user_id = order.connection.user_id;
  record.connection_id = order.connection.id;
  record.tool = order.tool;
  record.idempotency_key = order.idempotency_key;
  record.fingerprint = order.fingerprint;
  record.rfc822_message_id = message_id_for(record.id, order.connection.gmail_address);
  record.process_id = state.process;
  record.created_at = now;
  record.updated_at = now;

  if (order.idempotency_key.empty()) {
    // The caller of an identical send hung up while it was under way: this is its repeat.
    if (auto sending = state.abandoned(identity_of(order))) {
      co_return co_await state.outcome_of(std::move(sending));
    }
    const auto earlier = co_await state.store.sends().find_undelivered(
        access, order.connection.id, order.tool, order.fingerprint, now - repeat_window);
    if (earlier) {
      SendOutcome outcome;
      outcome.sent = decode(earlier->result_json);
      outcome.send_id = earlier->id;
      outcome.deduplicated = true;
      co_return outcome;
    }
  }
  if (order.draft) record.rfc822_message_id = co_await state.message_id_of_draft(order);
  auto claim = std::make_shared<State::Claim>();
  claim->record = std::move(record);
  claim->order = std::move(order);
  claim->policy = std::move(policy);
  auto outcome = co_await state.launch(access, claim);
  if (outcome) co_return std::move(*outcome);
  if (claim->record.fingerprint != claim->order.fingerprint) {
    throw Error{Errc::conflict, "This idempotency_key was used for a different message.",
                "Use a new key for each message; repeat a key only with the same arguments."};
  }
  co_return co_await state.repeat(access, std::move(claim));
}

Task<SendOutcome> Outbox::send_held(const model::Access& access, std::string send_id,
                                    SendOrder order, SendPolicy policy) {
  auto& state = *state_;
  auto record = co_await state.store.sends().find(access, std::move(send_id));
  if (!record) throw Error{Errc::not_found, "There is no such send."};
  auto claim = std::make_shared<State::Claim>();
  claim->record = std::move(*record);
  claim->order = std::move(order);
  claim->policy = std::move(policy);
  co_return co_await state.repeat(access, std::move(claim));
}

Task<std::optional<Outbox::Fate>> Outbox::fate(const model::Access& access, std::string send_id,
                                               model::Connection connection) {
  auto& state = *state_;
  auto record = co_await state.store.sends().find(access, std::move(send_id));
  if (!record) co_return std::nullopt;
  Fate fate;
  fate.status = record->status;
  if (record->status == store::SendStatus::sent) fate.sent = decode(record->result_json);
  if (record->status != store::SendStatus::pending) co_return fate;
  const bool is_ours = record->process_id == state.process;
  if (is_ours && state.sendings.contains(record->id)) co_return fate;
  const bool is_elsewhere = !is_ours && may_be_running(record->process_id) &&
                            state.clock.now() - record->updated_at < foreign_patience;
  if (is_elsewhere) co_return fate;
  SendOrder order;
  order.connection = std::move(connection);
  try {
    auto outcome = co_await state.resolve(access, *std::move(record), std::move(order));
    fate.status = store::SendStatus::sent;
    fate.sent = std::move(outcome.sent);
  } catch (const Error& error) {
    if (error.code != Errc::outcome_unknown) throw;
    fate.status = store::SendStatus::unknown;
  }
  co_return fate;
}

std::shared_ptr<Outbox::State::Sending> Outbox::State::abandoned(
    const std::string& identity) const {
  for (const auto& [id, sending] : sendings) {
    if (sending->identity == identity && sending->is_abandoned()) return sending;
  }
  return nullptr;
}

// By what an unclear send of the draft would be looked for. A draft that is gone, or cannot be read
// now, may be one that an earlier call has sent: the row decides.
Task<std::string> Outbox::State::message_id_of_draft(const SendOrder& order) {
  try {
    auto mailbox = pool.lease(order.connection);
    const auto message = co_await read_draft(*mailbox, *order.draft);
    co_return message.message_id_header;
  } catch (const Error&) {
  }
  co_return std::string{};
}

// Waits for somebody else's send and takes its outcome.
Task<SendOutcome> Outbox::State::outcome_of(std::shared_ptr<Sending> sending) {
  co_await end_of(sending);
  SendOutcome outcome;
  outcome.sent = sending->work.result();
  outcome.send_id = sending->id;
  outcome.deduplicated = true;
  co_return outcome;
}

// A server may take ten minutes for its word on a message that it has; nobody waits so long for us.
Task<void> Outbox::State::end_of(std::shared_ptr<Sending> sending) {
  co_await sending->handed_over.wait();
  bool is_over = true;
  try {
    co_await with_deadline(patience, sending->work.over());
  } catch (const Error& error) {
    if (error.code != Errc::timeout) throw;
    is_over = false;
  }
  if (!is_over) throw still_unsaid();
}

// The point of no return: claiming the row, and sending for who gets it, belong to the outbox. A
// row of which nobody sends would look like a crash, and its key would be lost, so a caller who
// leaves must not come between the two. nullopt: the row is somebody else's, and `claim` says
// whose.
Task<std::optional<SendOutcome>> Outbox::State::launch(model::Access access,
                                                       std::shared_ptr<Claim> claim) {
  auto sending = std::make_shared<Sending>(executor);
  const bool keyless = claim->order.idempotency_key.empty();
  if (keyless) sending->identity = identity_of(claim->order);
  sending->caller_is_gone = std::exchange(claim->order.caller_is_gone, {});
  const auto id = claim->record.id;
  sending->work.begin(effects, carry_out(access, claim, sending));
  try {
    co_await end_of(sending);
  } catch (...) {
    sending->awaited = false;
    sending->caller_is_gone = {};
    throw;
  }
  auto caller_is_gone = std::exchange(sending->caller_is_gone, {});
  auto sent = sending->work.result();
  if (!claim->is_ours) {
    claim->order.caller_is_gone = std::move(caller_is_gone);
    co_return std::nullopt;
  }
  SendOutcome outcome;
  outcome.sent = std::move(sent);
  outcome.send_id = claim->record.id;
  if (keyless) outcome.receipt = receipt_for(access, id, sending);
  co_return outcome;
}

Task<model::Sent> Outbox::State::carry_out(model::Access access, std::shared_ptr<Claim> claim,
                                           std::shared_ptr<Sending> sending) {
  const Raised raised{sending->handed_over};
  if (claim->adopts) {
    claim->is_ours = co_await store.sends().adopt(access, claim->record, process);
  } else {
    auto begun = co_await store.sends().begin(access, claim->record);
    claim->is_ours = begun.created;
    claim->record = std::move(begun.record);
  }
  model::Sent sent;
  if (!claim->is_ours) co_return sent;
  const auto id = claim->record.id;
  sending->id = id;
  sendings[id] = sending;
  auto status = store::SendStatus::failed;
  std::string result;
  std::exception_ptr failure;
  try {
    // Nothing is cancelled before that.
    if (drained) throw Error{Errc::unavailable, "The server is stopping.", "Nothing was sent."};
    sent = co_await transmit(access, std::move(claim), sending);
    status = store::SendStatus::sent;
    result = encode(sent);
  } catch (const Error& error) {
    failure = std::current_exception();
    if (error.code == Errc::outcome_unknown) status = store::SendStatus::unknown;
  } catch (const HeldBack&) {
    failure = std::current_exception();
  } catch (...) {
    failure = std::current_exception();
    status = store::SendStatus::unknown;
  }
  // Recorded even when this was cut short.
  const bool is_sent = status == store::SendStatus::sent;
  co_await uncancelled(executor, record(access, id, status, std::move(result)));
  if (is_sent && sending->is_abandoned()) co_await uncancelled(executor, note_lost(access, id));
  sendings.erase(id);
  if (failure) std::rethrow_exception(failure);
  co_return sent;
}

Receipt Outbox::State::receipt_for(const model::Access& access, std::string id,
                                   std::shared_ptr<Sending> sending) {
  return Receipt{
      [weak = weak_from_this(), access, id = std::move(id), sending = std::move(sending)] {
        const auto state = weak.lock();
        if (!state || state->drained) return;
        // Until the row says it, the sending does: the repeat may come at once.
        sending->awaited = false;
        state->sendings[id] = sending;
        state->effects.spawn(state->note_lost(access, id));
      }};
}

Task<void> Outbox::State::note_lost(model::Access access, std::string id) {
  try {
    co_await store.sends().mark_undelivered(access, id);
  } catch (const std::exception&) {
    log.error("send_result_not_recorded", {{"send_id", id}});
  }
  sendings.erase(id);
}

Task<void> Outbox::State::record(model::Access access, std::string id, store::SendStatus status,
                                 std::string result) {
  try {
    co_await store.sends().finish(access, id, status, result);
  } catch (const std::exception&) {
    // The message is out; the row stays pending and a repeat will look for it in the mailbox.
    log.error("send_result_not_recorded", {{"send_id", id}});
  }
}

Task<model::Sent> Outbox::State::transmit(model::Access access, std::shared_ptr<Claim> claim,
                                          std::shared_ptr<Sending> sending) {
  auto& order = claim->order;
  auto mailbox = pool.lease(order.connection);
  if (order.draft) {
    const auto message = co_await read_draft(*mailbox, *order.draft);
    const auto recipients = recipients_of(message);
    if (recipients.empty()) {
      throw Error{Errc::invalid_argument, "The draft has no recipient.",
                  "Give it one with gmail_update_draft."};
    }
    co_await claim->policy(order.connection, recipients);
    if (order.guard) {
      AboutToSend about{.access = access,
                        .connection = order.connection,
                        .send_id = claim->record.id,
                        .mailbox = *mailbox,
                        .people = recipients,
                        .draft = &*order.draft};
      co_await order.guard(std::move(about));
    }
    // A draft is sent by its id, and Gmail cannot be told "if it is still this one". What was
    // judged is the message in it, which every change replaces; over IMAP the id is the message's
    // own. So it is looked at as late as possible. To send the bytes and then delete the draft
    // would leave, when only that fails, a draft to be sent twice.
    const auto latest = co_await mailbox->draft(*order.draft);
    if (latest.sent.message_id != message.id) {
      throw Error{Errc::conflict, "The draft was changed while it was about to be sent.",
                  "Nothing was sent. Look at the draft, then send it again."};
    }
    // Where it is in this nobody says.
    sending->handed_over.set();
    co_return co_await mailbox->send_draft(*order.draft);
  }
  Composed composed;
  if (order.composed) {
    composed.outgoing = std::move(*order.composed);
    composed.judged = std::move(order.people);
  } else {
    composed = co_await compose(*mailbox, std::move(order.message), claim->record.id, clock.now(),
                                work_pool, std::move(order.reader));
  }
  co_await claim->policy(order.connection, composed.judged);
  if (order.guard) {
    AboutToSend about{.access = access,
                      .connection = order.connection,
                      .send_id = claim->record.id,
                      .mailbox = *mailbox,
                      .people = composed.judged,
                      .outgoing = &composed.outgoing};
    co_await order.guard(std::move(about));
  }
  composed.outgoing.handed_over = [sending] { sending->handed_over.set(); };
  auto news = co_await read_news(order.connection, composed.outgoing.rfc822);
  auto sent = co_await mailbox->send(std::move(composed.outgoing));
  if (!news) co_return sent;
  try {
    co_await sent_news.tell(order.connection, sent, *std::move(news));
  } catch (const std::exception&) {
    log.warning("sent_message_not_archived", {{"connection_id", order.connection.id.str()}});
  }
  co_return sent;
}

// Whatever goes wrong here, the message goes out.
Task<std::optional<model::Message>> Outbox::State::read_news(const model::Connection& connection,
                                                             const std::string& rfc822) {
  std::optional<model::Message> news;
  if (!sent_news.read) co_return news;
  try {
    news = co_await sent_news.read(connection, rfc822);
  } catch (const std::exception&) {
    log.warning("sent_message_not_archived", {{"connection_id", connection.id.str()}});
  }
  co_return news;
}

Task<SendOutcome> Outbox::State::repeat(model::Access access, std::shared_ptr<Claim> claim) {
  auto& record = claim->record;
  if (const auto it = sendings.find(record.id); it != sendings.end()) {
    co_return co_await outcome_of(it->second);
  }
  if (record.status == store::SendStatus::pending && record.process_id == process) {
    // Its sending may have ended while the row was read: then the row says how.
    auto ended = co_await store.sends().find(access, record.id);
    if (ended) record = std::move(*ended);
  }
  // Another process may be sending right now: wait a little for its result.
  auto waited = std::chrono::milliseconds{0};
  while (record.status == store::SendStatus::pending && record.process_id != process &&
         may_be_running(record.process_id) && clock.now() - record.updated_at < foreign_patience) {
    if (waited >= wait_for_foreign) {
      throw Error{Errc::unavailable, "The same message is being sent by another process.",
                  "Repeat the call with the same idempotency_key in a moment."};
    }
    const std::chrono::milliseconds step{100};
    co_await clock.sleep(step);
    waited += step;
    auto found = co_await store.sends().find(access, record.id);
    if (!found) break;
    record = std::move(*found);
  }
  switch (record.status) {
    case store::SendStatus::sent: {
      SendOutcome outcome;
      outcome.sent = decode(record.result_json);
      outcome.send_id = record.id;
      outcome.deduplicated = true;
      co_return outcome;
    }
    case store::SendStatus::failed: {
      // Certainly not sent: this caller may try, if it is the one who takes the record over.
      claim->adopts = true;
      auto outcome = co_await launch(access, claim);
      if (outcome) co_return std::move(*outcome);
      // Another repeat took it up first: its sending, or its result, is ours.
      auto changed = co_await store.sends().find(access, record.id);
      if (!changed) throw still_unknown();
      record = std::move(*changed);
      co_return co_await repeat(access, std::move(claim));
    }
    case store::SendStatus::pending:
    case store::SendStatus::unknown: break;
  }
  co_return co_await resolve(access, std::move(record), std::move(claim->order));
}

// The process that was sending is gone: only the mailbox knows. Never sends again.
Task<SendOutcome> Outbox::State::resolve(model::Access access, store::SendRecord record,
                                         SendOrder order) {
  auto mailbox = pool.lease(order.connection);
  const auto since = record.created_at - std::chrono::minutes{1};
  auto found = co_await mailbox->find_sent(record.rfc822_message_id, record.id, since);
  if (!found) {
    co_await store.sends().finish(access, record.id, store::SendStatus::unknown, "");
    throw still_unknown();
  }
  co_await store.sends().finish(access, record.id, store::SendStatus::sent, encode(*found));
  SendOutcome outcome;
  outcome.sent = std::move(*found);
  outcome.send_id = record.id;
  outcome.deduplicated = true;
  co_return outcome;
}

Task<void> Outbox::commit(Task<void> effect) {
  const SharedWork<void> work{state_->effects, state_->executor, std::move(effect)};
  co_await work.outcome();
}

Task<void> Outbox::drain(std::chrono::milliseconds grace) {
  auto& effects = state_->effects;
  try {
    co_await with_deadline(grace, effects.until_idle());
  } catch (const Error&) {
    state_->log.warning("sends_cut_short", {{"count", effects.running()}});
  }
  state_->drained = true;
  effects.cancel();
  co_await effects.join();
}

}  // namespace gmail_mcp::mail
