#include "mail/outbox.h"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "base/process.h"
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

}  // namespace

struct Outbox::State : std::enable_shared_from_this<State> {
  State(const Executor& executor, store::Store& store, Pool& pool, Clock& clock, Log& log,
        WorkPool* work_pool)
      : store{store},
        pool{pool},
        work_pool{work_pool},
        clock{clock},
        log{log},
        process{this_process()},
        effects{executor,
                [&log](const std::exception_ptr&) { log.error("effect_failed_unattended"); }} {}

  // One send under way. Shared by its effect and by everybody who waits for it, because either may
  // end first.
  struct Flight {
    explicit Flight(const Executor& executor) : handed_over{executor}, done{executor} {}
    Event
        handed_over;  // only the other side's word is missing; or there was no need to wait for it
    Event done;
    std::exception_ptr failure;
    model::Sent sent;
    bool awaited = true;                   // the first caller is still there
    std::string identity;                  // of a send without a key: what an identical one has too
    std::function<bool()> caller_is_gone;  // while the caller waits

    void end() {
      done.set();
      handed_over.set();
    }
    bool is_abandoned() const { return !awaited || (caller_is_gone && caller_is_gone()); }
  };

  // What is to be sent, and by whom: the row is claimed by being made (or, when `adopts`, taken
  // over). Shared by the effect and the caller, to whom it comes back when the row is not his.
  struct Claim {
    store::SendRecord record;
    SendOrder order;
    SendPolicy policy;
    bool adopts = false;
    bool is_ours = false;
  };

  store::Store& store;
  Pool& pool;
  WorkPool* work_pool;
  Clock& clock;
  Log& log;
  SentNews sent_news;
  std::chrono::milliseconds patience{60'000};
  std::string process;
  std::map<std::string, std::shared_ptr<Flight>> flights;  // by send record id
  TaskGroup effects;
  bool drained = false;

  std::shared_ptr<Flight> abandoned(const std::string& identity) const;
  Task<std::string> message_id_of_draft(const SendOrder& order);
  Task<SendOutcome> land(std::shared_ptr<Flight> flight);
  Task<void> end_of(std::shared_ptr<Flight> flight);
  Task<std::optional<SendOutcome>> launch(model::Access access, std::shared_ptr<Claim> claim);
  Task<void> claim_and_fly(model::Access access, std::shared_ptr<Claim> claim,
                           std::shared_ptr<Flight> flight);
  Task<void> fly(model::Access access, store::SendRecord record, SendOrder order, SendPolicy policy,
                 std::shared_ptr<Flight> flight);
  Task<void> settle(model::Access access, std::string id, store::SendStatus status,
                    std::string result, std::shared_ptr<Flight> flight);
  Task<model::Sent> transmit(model::Access access, store::SendRecord record, SendOrder order,
                             SendPolicy policy, std::shared_ptr<Flight> flight);
  Task<std::optional<model::Message>> read_news(const model::Connection& connection,
                                                const std::string& rfc822);
  Receipt receipt_for(const model::Access& access, std::string id, std::shared_ptr<Flight> flight);
  Task<void> note_lost(model::Access access, std::string id);
  Task<SendOutcome> repeat(model::Access access, std::shared_ptr<Claim> claim);
  Task<SendOutcome> resolve(model::Access access, store::SendRecord record, SendOrder order);
};

Outbox::Outbox(const Executor& executor, store::Store& store, Pool& pool, Clock& clock, Log& log,
               WorkPool* work_pool)
    : state_{std::make_shared<State>(executor, store, pool, clock, log, work_pool)} {}

Outbox::~Outbox() = default;

void Outbox::set_sent_news(SentNews news) { state_->sent_news = std::move(news); }
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
    if (auto flight = state.abandoned(identity_of(order))) {
      co_return co_await state.land(std::move(flight));
    }
    const auto earlier = co_await state.store.sends().find_undelivered(
        access, order.connection.id, order.tool, order.fingerprint, now - repeat_window);
    if (earlier) {
      SendOutcome outcome;
      outcome.sent = decode(earlier->result_json);
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

std::shared_ptr<Outbox::State::Flight> Outbox::State::abandoned(const std::string& identity) const {
  for (const auto& [id, flight] : flights) {
    if (flight->identity == identity && flight->is_abandoned()) return flight;
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
Task<SendOutcome> Outbox::State::land(std::shared_ptr<Flight> flight) {
  co_await end_of(flight);
  if (flight->failure) std::rethrow_exception(flight->failure);
  SendOutcome outcome;
  outcome.sent = flight->sent;
  outcome.deduplicated = true;
  co_return outcome;
}

// A server may take ten minutes for its word on a message that it has; nobody waits so long for us.
Task<void> Outbox::State::end_of(std::shared_ptr<Flight> flight) {
  co_await flight->handed_over.wait();
  bool is_over = true;
  try {
    co_await with_deadline(patience, flight->done.wait());
  } catch (const Error& error) {
    if (error.code != Errc::timeout) throw;
    is_over = false;
  }
  if (!is_over) throw still_unsaid();
}

// The point of no return: claiming the row, and the flight of who gets it, belong to the outbox. A
// row without a flight would look like a crash, and its key would be lost, so a caller who leaves
// must not come between the two. nullopt: the row is somebody else's, and `claim` says whose.
Task<std::optional<SendOutcome>> Outbox::State::launch(model::Access access,
                                                       std::shared_ptr<Claim> claim) {
  auto executor = co_await current_executor();
  auto flight = std::make_shared<Flight>(executor);
  const bool keyless = claim->order.idempotency_key.empty();
  if (keyless) flight->identity = identity_of(claim->order);
  flight->caller_is_gone = std::exchange(claim->order.caller_is_gone, {});
  const auto id = claim->record.id;
  effects.spawn(claim_and_fly(access, claim, flight));
  try {
    co_await end_of(flight);
  } catch (...) {
    flight->awaited = false;
    flight->caller_is_gone = {};
    throw;
  }
  auto caller_is_gone = std::exchange(flight->caller_is_gone, {});
  if (flight->failure) std::rethrow_exception(flight->failure);
  if (!claim->is_ours) {
    claim->order.caller_is_gone = std::move(caller_is_gone);
    co_return std::nullopt;
  }
  SendOutcome outcome;
  outcome.sent = flight->sent;
  if (keyless) outcome.receipt = receipt_for(access, id, flight);
  co_return outcome;
}

Task<void> Outbox::State::claim_and_fly(model::Access access, std::shared_ptr<Claim> claim,
                                        std::shared_ptr<Flight> flight) {
  try {
    if (claim->adopts) {
      claim->is_ours = co_await store.sends().adopt(access, claim->record, process);
    } else {
      auto begun = co_await store.sends().begin(access, claim->record);
      claim->is_ours = begun.created;
      claim->record = std::move(begun.record);
    }
  } catch (...) {
    flight->failure = std::current_exception();
  }
  if (!claim->is_ours) {
    flight->end();
    co_return;
  }
  flights[claim->record.id] = flight;
  // A task of its own: one that is cancelled could not even begin to await it.
  effects.spawn(fly(std::move(access), std::move(claim->record), std::move(claim->order),
                    std::move(claim->policy), std::move(flight)));
}

Receipt Outbox::State::receipt_for(const model::Access& access, std::string id,
                                   std::shared_ptr<Flight> flight) {
  return Receipt{[weak = weak_from_this(), access, id = std::move(id), flight = std::move(flight)] {
    const auto state = weak.lock();
    if (!state || state->drained) return;
    // Until the row says it, the flight does: the repeat may come at once.
    flight->awaited = false;
    state->flights[id] = flight;
    state->effects.spawn(state->note_lost(access, id));
  }};
}

Task<void> Outbox::State::note_lost(model::Access access, std::string id) {
  try {
    co_await store.sends().mark_undelivered(access, id);
  } catch (const std::exception&) {
    log.error("send_result_not_recorded", {{"send_id", id}});
  }
  flights.erase(id);
}

Task<void> Outbox::State::fly(model::Access access, store::SendRecord record, SendOrder order,
                              SendPolicy policy, std::shared_ptr<Flight> flight) {
  const auto id = record.id;
  auto status = store::SendStatus::failed;
  std::string result;
  try {
    if (drained) throw Error{Errc::unavailable, "The server is stopping.", "Nothing was sent."};
    flight->sent =
        co_await transmit(access, std::move(record), std::move(order), std::move(policy), flight);
    status = store::SendStatus::sent;
    result = encode(flight->sent);
  } catch (const Error& failure) {
    flight->failure = std::current_exception();
    if (failure.code == Errc::outcome_unknown) status = store::SendStatus::unknown;
  } catch (...) {
    flight->failure = std::current_exception();
    status = store::SendStatus::unknown;
  }
  // Recorded even when this was cut short.
  effects.spawn(settle(access, id, status, std::move(result), std::move(flight)));
}

Task<void> Outbox::State::settle(model::Access access, std::string id, store::SendStatus status,
                                 std::string result, std::shared_ptr<Flight> flight) {
  try {
    co_await store.sends().finish(access, id, status, result);
    if (flight->is_abandoned() && status == store::SendStatus::sent) {
      co_await store.sends().mark_undelivered(access, id);
    }
  } catch (const std::exception&) {
    // The message is out; the row stays pending and a repeat will look for it in the mailbox.
    log.error("send_result_not_recorded", {{"send_id", id}});
  }
  flights.erase(id);
  flight->end();
}

Task<model::Sent> Outbox::State::transmit(model::Access access, store::SendRecord record,
                                          SendOrder order, SendPolicy policy,
                                          std::shared_ptr<Flight> flight) {
  static_cast<void>(access);
  auto mailbox = pool.lease(order.connection);
  if (order.draft) {
    const auto message = co_await read_draft(*mailbox, *order.draft);
    const auto recipients = recipients_of(message);
    if (recipients.empty()) {
      throw Error{Errc::invalid_argument, "The draft has no recipient.",
                  "Give it one with gmail_update_draft."};
    }
    co_await policy(order.connection, recipients);
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
    flight->handed_over.set();
    co_return co_await mailbox->send_draft(*order.draft);
  }
  auto composed = co_await compose(*mailbox, std::move(order.message), record.id, clock.now(),
                                   work_pool, std::move(order.reader));
  co_await policy(order.connection, composed.judged);
  composed.outgoing.handed_over = [flight] { flight->handed_over.set(); };
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
  if (const auto it = flights.find(record.id); it != flights.end()) {
    co_return co_await land(it->second);
  }
  if (record.status == store::SendStatus::pending && record.process_id == process) {
    // Its flight may have ended while the row was read: then the row says how.
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
      outcome.deduplicated = true;
      co_return outcome;
    }
    case store::SendStatus::failed: {
      // Certainly not sent: this caller may try, if it is the one who takes the record over.
      claim->adopts = true;
      auto outcome = co_await launch(access, claim);
      if (outcome) co_return std::move(*outcome);
      // Another repeat took it up first: its flight, or its result, is ours.
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
  outcome.deduplicated = true;
  co_return outcome;
}

Task<void> Outbox::commit(Task<void> effect) {
  auto executor = co_await current_executor();
  auto flight = std::make_shared<State::Flight>(executor);
  auto run = [](Task<void> work, std::shared_ptr<State::Flight> shared) -> Task<void> {
    try {
      co_await std::move(work);
    } catch (...) {
      shared->failure = std::current_exception();
    }
    shared->end();
  };
  state_->effects.spawn(run(std::move(effect), flight));
  co_await flight->done.wait();
  if (flight->failure) std::rethrow_exception(flight->failure);
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
