#include "operation/approvals.h"

#include <algorithm>
#include <utility>

#include "accounts/refusals.h"
#include "base/answer_share.h"
#include "base/caught.h"
#include "base/offload.h"
#include "crypto/digest.h"
#include "operation/call.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::chrono::hours time_to_decide{24};
constexpr std::chrono::minutes time_to_begin{1};  // of a send that was approved
constexpr std::size_t largest_held = std::size_t{36} << 20U;

struct SealedText {
  std::string sealed;
  std::string digest;
};

Error no_such_send() {
  return Error{Errc::not_found, "There is no such send.",
               "Give the send_id that a send was answered with; it is known for three days."};
}

Error decided_already() {
  return Error{Errc::conflict, "This message was decided about already, or its time is over.",
               "gmail_send_status says what became of it. Send the message again if it is still "
               "wanted."};
}

Error shown_was_another() {
  return Error{Errc::conflict, "What was approved is not the message that waits.",
               "Nothing was sent. Open the approval link again and look at the message."};
}

Error draft_changed() {
  return Error{Errc::conflict, "The draft was changed after it was shown for approval.",
               "Nothing was sent. Send the draft again, so that the person sees it as it is now."};
}

Error too_many_wait() {
  return Error{Errc::rate_limited, "Too many messages wait for this person's approval.",
               "Nothing was sent or kept. Ask the person to decide about those that wait: at most "
               "20, and 48 MB, wait at a time."}
      .with_retry_after(std::chrono::hours{1});
}

Error too_large_to_wait() {
  return Error{Errc::too_large, "The message is too large to wait for approval: 36 MB at most.",
               "Send smaller files, or links to them."};
}

std::string_view status_of(store::HeldState state) {
  switch (state) {
    case store::HeldState::held: return send_status::held;
    case store::HeldState::approved: return send_status::sending;
    case store::HeldState::refused: return send_status::refused;
    case store::HeldState::draft: return send_status::saved_as_draft;
    case store::HeldState::expired: return send_status::expired;
  }
  return send_status::failed;
}

std::string note_for(std::string_view status) {
  if (status == send_status::held) {
    return "Nothing was sent. The person must look at the message and decide: give them "
           "approval_url. gmail_send_status with send_id says what became of it.";
  }
  if (status == send_status::sending) return "It is being sent.";
  if (status == send_status::refused) {
    return "Nothing was sent: the person decided against it. Do not send it in another way.";
  }
  if (status == send_status::saved_as_draft) {
    return "Nothing was sent: the person keeps it as a draft and goes on with it themselves.";
  }
  if (status == send_status::expired) {
    return "Nothing was sent: nobody approved it within 24 hours.";
  }
  if (status == send_status::failed) return "It was certainly not sent.";
  if (status == send_status::outcome_unknown) {
    return "Whether it was sent is not known, and it is not sent again. Look into Sent.";
  }
  return {};
}

}  // namespace

Approvals::Approvals(const Services& services, Needs needs, Options options)
    : services_{services},
      needs_{needs},
      options_{std::move(options)},
      links_{needs_.keys, "approval"},
      first_{needs_.store.archive()} {}

model::Approval Approvals::rule_for(const model::Caller& caller, bool is_stdio) const {
  const auto& own = caller.grant.approval;
  if (options_.rule) return own ? std::max(*options_.rule, *own) : *options_.rule;
  if (own) return *own;
  const bool is_person = is_stdio || caller.kind == model::CallerKind::user;
  return is_person ? model::Approval::new_recipients : model::Approval::never;
}

mail::SendPolicy Approvals::policy(model::Access access) const {
  return [this, access](const model::Connection& connection,
                        const std::vector<std::string>& recipients) -> Task<void> {
    services_.policy.check_recipients(recipients);
    return services_.policy.check_daily_sends(needs_.store.sends(), access, connection,
                                              services_.clock.now());
  };
}

mail::SendGuard Approvals::guard(model::Approval rule) {
  if (rule == model::Approval::never) return {};
  return [this, rule](mail::AboutToSend about) { return judge(about, rule); };
}

Task<void> Approvals::judge(mail::AboutToSend about, model::Approval rule) {
  auto people = co_await first_.among(about.connection, about.mailbox, about.people);
  if (rule == model::Approval::new_recipients && people.empty()) co_return;
  HeldMessage message;
  message.outgoing.rfc822 = about.outgoing.rfc822;
  message.outgoing.envelope_to = about.outgoing.envelope_to;
  message.outgoing.envelope_from = about.outgoing.envelope_from;
  message.outgoing.thread_id = about.outgoing.thread_id;
  if (about.draft != nullptr) message.draft = *about.draft;
  message.people = about.people;
  message.warnings =
      co_await first_.warnings(about.access, about.connection, about.mailbox, std::move(people));
  const mail::HeldBack held{about.send_id};
  co_await hold(about, std::move(message));
  throw held;
}

Task<void> Approvals::hold(mail::AboutToSend about, HeldMessage message) {
  const auto bytes = message.outgoing.rfc822.size();
  if (bytes > largest_held) throw too_large_to_wait();
  auto seal = [this, &message] {
    const auto text = to_text(message);
    return SealedText{needs_.keys.encrypt(text), crypto::sha256_hex(text)};
  };
  auto sealed = co_await offload(services_.work_pool, bytes, seal);
  store::HeldSend send;
  send.id = about.send_id;
  send.digest = std::move(sealed.digest);
  send.expires_at = services_.clock.now() + time_to_decide;
  const store::HeldLimits limits;
  const bool is_held = co_await needs_.store.held_sends().hold(about.access, std::move(send),
                                                               std::move(sealed.sealed), limits);
  if (!is_held) throw too_many_wait();
}

// A message that is read again counts in its user's share, however often the page is loaded.
FairShare::Hold Approvals::room_for(const model::Connection& connection,
                                    const store::HeldSend& held) const {
  const Shareholder reader{&services_.answers, connection.external_user_id.str()};
  return hold_answer(reader, static_cast<std::size_t>(held.bytes));
}

std::string Approvals::link(const store::HeldSend& held) const {
  const std::string whoever;
  return options_.public_url + "/approve/" + links_.seal(held.id, whoever, held.expires_at);
}

std::optional<std::string> Approvals::id_in_link(std::string_view secret) const {
  auto opened = links_.open(secret, "", services_.clock.now());
  if (!opened) return std::nullopt;
  return std::move(opened->plain);
}

Task<std::optional<SendResult>> Approvals::same(const model::Access& access,
                                                const mail::SendOrder& order) {
  auto found = co_await needs_.store.held_sends().find_same(
      access, order.connection.id, order.tool, order.idempotency_key, order.fingerprint);
  if (!found) co_return std::nullopt;
  auto result = co_await result_of(access, std::move(*found));
  result.deduplicated = true;
  co_return result;
}

Task<SendResult> Approvals::result(const model::Access& access, std::string send_id) {
  auto held = co_await needs_.store.held_sends().find(access, std::move(send_id));
  if (!held) throw no_such_send();
  co_return co_await result_of(access, std::move(*held));
}

Task<SendResult> Approvals::result(Call& call, std::string send_id) {
  // Ids of sends are UUIDs, as those of connections are.
  const auto id = model::parse_connection_id(std::move(send_id));
  if (!id) throw no_such_send();
  const auto record = co_await needs_.store.sends().find(call.access(), id->str());
  if (!record) throw no_such_send();
  auto connection = co_await call.connection(record->connection_id.str());
  auto held = co_await needs_.store.held_sends().find(call.access(), record->id);
  if (held) co_return co_await result_of(call.access(), std::move(*held));
  SendResult result;
  result.send_id = record->id;
  co_await add_fate(call.access(), record->id, std::move(connection), result);
  co_return result;
}

Task<void> Approvals::add_fate(model::Access access, std::string send_id,
                               model::Connection connection, SendResult& result) {
  const auto fate = co_await needs_.outbox.fate(access, std::move(send_id), std::move(connection));
  if (!fate) throw no_such_send();
  switch (fate->status) {
    case store::SendStatus::pending: result.status = send_status::sending; break;
    case store::SendStatus::sent:
      result.status = send_status::sent;
      result.sent = fate->sent;
      break;
    case store::SendStatus::unknown: result.status = send_status::outcome_unknown; break;
    case store::SendStatus::failed: result.status = send_status::failed; break;
  }
  result.note = note_for(result.status);
}

Task<SendResult> Approvals::result_of(model::Access access, store::HeldSend held) {
  SendResult result;
  result.send_id = held.id;
  result.status = status_of(held.state);
  if (held.state == store::HeldState::held) result.approval_url = link(held);
  if (held.state == store::HeldState::draft) result.draft_id = held.told;
  if (held.state == store::HeldState::approved) {
    auto connection = co_await needs_.store.connections().find(access, held.connection_id);
    if (!connection) throw no_such_send();
    const auto row = co_await needs_.store.sends().find(access, held.id);
    co_await add_fate(access, held.id, std::move(*connection), result);
    // Its row says `failed` until somebody sends, and it may be somebody in another process.
    const bool may_begin =
        row && held.told.empty() && services_.clock.now() - row->updated_at < time_to_begin;
    if (result.status == send_status::failed && may_begin) {
      result.status = send_status::sending;
      result.note = note_for(result.status);
    } else if (result.status == send_status::failed) {
      result.note = held.told.empty() ? "It was approved, but the server stopped before it was "
                                        "sent. Nothing was sent; send it again."
                                      : held.told;
    }
  }
  if (result.note.empty()) result.note = note_for(result.status);
  if (held.state == store::HeldState::held && options_.serve_page) {
    const auto trouble = options_.serve_page();
    if (!trouble.empty()) result.note += ' ' + trouble;
  }
  if (held.state == store::HeldState::refused && !held.told.empty()) result.note = held.told;
  co_return result;
}

Task<HeldMessage> Approvals::open(std::string sealed) {
  auto work = [this, &sealed]() -> std::optional<HeldMessage> {
    auto plain = needs_.keys.decrypt(sealed);
    if (!plain) return std::nullopt;
    return held_message_from(std::string{plain->reveal()});
  };
  auto message = co_await offload(services_.work_pool, sealed.size(), work);
  if (!message) throw accounts::undecryptable("message");
  co_return std::move(*message);
}

Task<HeldView> Approvals::view_of(model::Access access, store::HeldSend held) {
  HeldView view;
  auto connection = co_await needs_.store.connections().find(access, held.connection_id);
  if (!connection) throw no_such_send();
  view.account = connection->gmail_address;
  view.send_id = held.id;
  view.digest = held.digest;
  view.expires_at = held.expires_at;
  if (held.state != store::HeldState::held) {
    const auto result = co_await result_of(access, std::move(held));
    view.state = result.status;
    view.draft_id = result.draft_id;
    view.problem = result.note;
    co_return view;
  }
  const auto room = room_for(*connection, held);
  auto sealed = co_await needs_.store.held_sends().sealed(access, held.id);
  if (sealed.empty()) throw decided_already();
  const auto message = co_await open(std::move(sealed));
  view.state = send_status::held;
  auto read = [&message, &view] {
    show(message, view);
    return true;
  };
  co_await offload(services_.work_pool, message.outgoing.rfc822.size(), read);
  co_return view;
}

Task<HeldView> Approvals::look(Call& call, std::string send_id) {
  auto held = co_await needs_.store.held_sends().find(call.access(), std::move(send_id));
  if (!held) throw no_such_send();
  co_await call.connection(held->connection_id.str());
  co_return co_await view_of(call.access(), std::move(*held));
}

Task<std::optional<HeldView>> Approvals::look_by_link(std::string secret) {
  auto id = id_in_link(secret);
  if (!id) co_return std::nullopt;
  const auto access = model::Access::system("approval page");
  auto held = co_await needs_.store.held_sends().find(access, std::move(*id));
  if (!held) co_return std::nullopt;
  std::optional<HeldView> view = co_await view_of(access, std::move(*held));
  co_return view;
}

Task<SendResult> Approvals::decide(Call& call, Decision decision) {
  auto held = co_await needs_.store.held_sends().find(call.access(), decision.send_id);
  if (!held) throw no_such_send();
  auto connection = co_await call.connection(held->connection_id.str());
  if (!decision.choice) co_return co_await result_of(call.access(), std::move(*held));
  auto deciding =
      carry_out(call.access(), std::move(*held), std::move(connection), std::move(decision));
  co_return co_await call.commit(std::move(deciding));
}

Task<SendResult> Approvals::decide_by_link(Call& call, std::string secret, Decision decision) {
  auto id = id_in_link(secret);
  if (!id) throw no_such_send();
  const auto access = model::Access::system("approval page");
  auto held = co_await needs_.store.held_sends().find(access, std::move(*id));
  if (!held) throw no_such_send();
  auto connection = co_await needs_.store.connections().find(access, held->connection_id);
  if (!connection) throw no_such_send();
  call.is_about(*connection);
  auto deciding = carry_out(access, std::move(*held), std::move(*connection), std::move(decision));
  co_return co_await call.commit(std::move(deciding));
}

// Owns what it needs: it goes on when the person's browser, or the client, has gone.
Task<SendResult> Approvals::carry_out(model::Access access, store::HeldSend held,
                                      model::Connection connection, Decision decision) {
  if (held.state != store::HeldState::held || !decision.choice) throw decided_already();
  if (decision.digest != held.digest) throw shown_was_another();
  const auto id = held.id;
  if (*decision.choice == Choice::dont_send) {
    const bool is_ours = co_await needs_.store.held_sends().decide(access, id, decision.digest,
                                                                   store::HeldState::refused);
    if (!is_ours) throw decided_already();
    co_return co_await result(access, id);
  }
  if (!connection.is_active()) throw accounts::reconnect_error(connection);
  auto one = std::make_shared<Deciding>(
      Deciding{access, std::move(held), std::move(connection), {}, {}, {}});
  const auto room = room_for(one->connection, one->held);
  one->sealed = co_await needs_.store.held_sends().sealed(access, id);
  if (one->sealed.empty()) throw decided_already();
  one->message = co_await open(one->sealed);
  auto digest = [&one] { return crypto::sha256_hex(to_text(one->message)); };
  const auto found =
      co_await offload(services_.work_pool, one->message.outgoing.rfc822.size(), digest);
  if (found != one->held.digest) throw shown_was_another();
  if (*decision.choice == Choice::as_draft) {
    co_await save_as_draft(one);
  } else {
    co_await check_draft(one);
    co_await send(one);
  }
  co_return co_await result(access, id);
}

// What was approved is the message that was in it then.
Task<void> Approvals::check_draft(std::shared_ptr<Deciding> one) {
  if (!one->message.draft) co_return;
  auto mailbox = needs_.pool.lease(one->connection);
  const auto now = co_await caught(mailbox->draft_source(*one->message.draft));
  const bool is_gone = !now && now.error().code == Errc::not_found;
  if (!now && !is_gone) throw Error{now.error()};
  const bool is_same =
      now && crypto::sha256_hex(now->rfc822) == crypto::sha256_hex(one->message.outgoing.rfc822);
  if (is_same) {
    one->draft_message = now->ref.sent.message_id;
    co_return;
  }
  const auto changed = draft_changed();
  const bool is_ours = co_await needs_.store.held_sends().decide(
      one->access, one->held.id, one->held.digest, store::HeldState::refused);
  if (is_ours) {
    co_await needs_.store.held_sends().tell(one->access, one->held.id,
                                            changed.message + " " + changed.hint);
  }
  throw Error{changed};
}

Task<void> Approvals::send(std::shared_ptr<Deciding> one) {
  const auto id = one->held.id;
  auto& store = needs_.store.held_sends();
  const bool is_ours =
      co_await store.decide(one->access, id, one->held.digest, store::HeldState::approved);
  if (!is_ours) throw decided_already();
  mail::SendOrder order;
  order.connection = one->connection;
  order.tool = one->held.tool;
  order.draft = one->message.draft;
  order.people = one->message.people;
  order.draft_message = one->draft_message;
  order.composed = std::move(one->message.outgoing);
  std::optional<Error> failure;
  try {
    auto outcome =
        co_await needs_.outbox.send_held(one->access, id, std::move(order), policy(one->access));
    // The person knows; a repeat of the call is a new message.
    outcome.receipt.delivered();
  } catch (const Error& error) {
    failure = error;
  } catch (const mail::HeldBack&) {
    failure = Error{Errc::unavailable, "The same message is being looked at by another call.",
                    "Nothing was sent. Try again in a moment."};
  }
  if (!failure) {
    first_.remember(one->connection.id, one->message.people);
    co_return;
  }
  if (failure->code == Errc::outcome_unknown) co_return;
  const bool may_come_later = failure->retryable();
  if (may_come_later) {
    co_await store.reopen(one->access, id, store::HeldState::approved, std::move(one->sealed));
  } else {
    co_await store.tell(one->access, id, failure->message + " Nothing was sent.");
  }
  throw Error{*failure};
}

// The draft is there before the held message is erased: whatever happens between, nothing is lost,
// and at worst there are both.
Task<void> Approvals::save_as_draft(std::shared_ptr<Deciding> one) {
  const auto id = one->held.id;
  auto& store = needs_.store.held_sends();
  auto mailbox = needs_.pool.lease(one->connection);
  auto draft = one->message.draft;
  const bool is_new = !draft;
  if (is_new) {
    const auto made = co_await mailbox->create_draft(std::move(one->message.outgoing));
    draft = made.id;
  }
  const bool is_ours =
      co_await store.decide(one->access, id, one->held.digest, store::HeldState::draft);
  if (!is_ours) {
    if (is_new) co_await caught(mailbox->delete_draft(*draft));
    throw decided_already();
  }
  co_await store.tell(one->access, id, draft->str());
}

}  // namespace gmail_mcp::operation
