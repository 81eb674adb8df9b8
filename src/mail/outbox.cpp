#include "mail/outbox.h"

#include <utility>

#include "base/side_task.h"
#include "base/task.h"
#include "crypto/random.h"
#include "mail/outbox_state.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::chrono::minutes repeat_window{1};  // of an undelivered answer without a key

std::string identity_of(const SendOrder& order) {
  return order.connection.id.str() + "/" + order.tool + "/" + order.fingerprint;
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
  record.id = crypto::time_ordered_uuid(now);
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
  }
  if (order.draft) record.rfc822_message_id = co_await state.message_id_of_draft(order);
  auto claim = std::make_shared<State::Claim>();
  claim->record = std::move(record);
  claim->order = std::move(order);
  claim->policy = std::move(policy);
  claim->repeats_since = now - repeat_window;
  auto outcome = co_await state.launch(access, claim);
  if (outcome) co_return std::move(*outcome);
  if (claim->record.fingerprint != claim->order.fingerprint) {
    throw Error{Errc::conflict, "This idempotency_key was used for a different message.",
                "Use a new key for each message; repeat a key only with the same arguments."};
  }
  co_return co_await state.repeat(access, std::move(claim));
}

std::shared_ptr<Outbox::State::Sending> Outbox::State::abandoned(
    const std::string& identity) const {
  for (const auto& [id, sending] : sendings) {
    if (sending->identity == identity && sending->is_abandoned()) return sending;
  }
  return nullptr;
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
  if (keyless) outcome.receipt = receipt_for(access, outcome.send_id, sending);
  co_return outcome;
}

Task<model::Sent> Outbox::State::carry_out(model::Access access, std::shared_ptr<Claim> claim,
                                           std::shared_ptr<Sending> sending) {
  const Raised raised{sending->handed_over};
  if (claim->adopts) {
    claim->is_ours = co_await store.sends().adopt(access, claim->record, process);
  } else {
    auto begun =
        co_await store.sends().begin(access, std::move(claim->record), claim->repeats_since);
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
    result = sent_to_text(sent);
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
  const bool is_by_id = order.draft && !order.composed && !order.guard;
  if (is_by_id) co_return co_await send_by_id(*mailbox, claim, sending);
  Composed composed;
  if (order.composed) {
    composed.outgoing = std::move(*order.composed);
    composed.judged = std::move(order.people);
  } else if (order.draft) {
    composed = co_await take_draft(*mailbox, claim);
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
                      .outgoing = composed.outgoing,
                      .draft = order.draft ? &*order.draft : nullptr};
    co_await order.guard(about);
  }
  composed.outgoing.handed_over = [sending] { sending->handed_over.set(); };
  auto news = co_await read_news(order.connection, composed.outgoing.rfc822);
  auto sent = co_await mailbox->send(std::move(composed.outgoing));
  if (order.draft) co_await remove_sent_draft(*mailbox, claim);
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
