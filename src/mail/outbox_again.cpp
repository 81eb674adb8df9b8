// Outbox: what was sent, or begun, before: by an earlier call, another process, or one that is
// gone.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "mail/outbox_state.h"

namespace gmail_mcp::mail {

namespace json = boost::json;

namespace {

constexpr std::chrono::minutes foreign_patience{2};  // before another host's send counts as lost
constexpr std::chrono::milliseconds wait_for_foreign{2'500};

Error still_unknown() {
  return Error{Errc::outcome_unknown,
               "Whether the message was sent is not known, and it was not sent again.",
               "Look into the Sent folder before sending it once more with another "
               "idempotency_key."};
}

}  // namespace

std::string sent_to_text(const model::Sent& sent) {
  json::object out;
  out["message_id"] = sent.message_id ? json::value(json::string(sent.message_id->str())) : nullptr;
  out["thread_id"] = sent.thread_id ? json::value(json::string(sent.thread_id->str())) : nullptr;
  return json::serialize(out);
}

model::Sent sent_from_text(const std::string& text) {
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
  if (record->status == store::SendStatus::sent) fate.sent = sent_from_text(record->result_json);
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
      outcome.sent = sent_from_text(record.result_json);
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
  co_await store.sends().finish(access, record.id, store::SendStatus::sent, sent_to_text(*found));
  SendOutcome outcome;
  outcome.sent = std::move(*found);
  outcome.send_id = record.id;
  outcome.deduplicated = true;
  co_return outcome;
}

}  // namespace gmail_mcp::mail
