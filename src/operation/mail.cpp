#include "operation/mail.h"

#include <utility>

#include "base/offload.h"
#include "crypto/digest.h"
#include "mail/draft_change.h"
#include "operation/call.h"
#include "operation/send_fingerprint.h"

namespace gmail_mcp::operation {

namespace {

std::size_t bytes_of(const mail::NewMessage& message) {
  auto bytes = message.body.size() + (message.body_html ? message.body_html->size() : 0);
  for (const auto& one : message.attachments) bytes += one.content.size();
  return bytes;
}

}  // namespace

Task<mail::SendOrder> Mail::order(Call& call, std::string connection_id,
                                  std::string idempotency_key) {
  mail::SendOrder order;
  order.connection = co_await call.connection(std::move(connection_id));
  co_await call.use(order.connection);
  order.tool = call.operation();
  order.idempotency_key = std::move(idempotency_key);
  order.caller_is_gone = call.origin().caller_is_gone;
  order.reader = call.reader();
  co_return order;
}

Task<SendResult> Mail::place(Call& call, mail::SendOrder order) {
  const auto& access = call.access();
  const auto rule = approvals_.rule_for(call.caller(), call.origin().surface == "stdio");
  if (rule != model::Approval::never) {
    auto earlier = co_await approvals_.same(access, order);
    if (earlier) co_return std::move(*earlier);
  }
  order.guard = approvals_.guard(rule);
  std::string held;
  SendResult result;
  try {
    auto outcome = co_await outbox_.send(access, std::move(order), approvals_.policy(access));
    result.sent = std::move(outcome.sent);
    result.send_id = std::move(outcome.send_id);
    result.deduplicated = outcome.deduplicated;
    call.expect(std::move(outcome.receipt));
  } catch (const mail::HeldBack& back) {
    held = back.send_id;
  }
  if (held.empty()) co_return result;
  co_return co_await approvals_.result(access, std::move(held));
}

Task<SendResult> Mail::send(Call& call, std::string connection_id, mail::NewMessage message,
                            std::string idempotency_key) {
  auto wanted = co_await order(call, std::move(connection_id), std::move(idempotency_key));
  message.account_name = wanted.connection.display_name;
  auto digest = [&message] { return fingerprint_of(message); };
  wanted.fingerprint = co_await offload(services_.work_pool, bytes_of(message), digest);
  wanted.message = std::move(message);
  co_return co_await place(call, std::move(wanted));
}

Task<SendResult> Mail::send_draft(Call& call, std::string connection_id, model::DraftId draft,
                                  std::string idempotency_key) {
  auto wanted = co_await order(call, std::move(connection_id), std::move(idempotency_key));
  wanted.fingerprint = crypto::sha256_hex("draft " + draft.str());
  wanted.draft = std::move(draft);
  co_return co_await place(call, std::move(wanted));
}

Task<mail::DraftRef> Mail::create_draft(Call& call, std::string connection_id,
                                        mail::NewMessage message) {
  auto box = co_await call.mailbox(std::move(connection_id));
  message.account_name = call.last_connection()->display_name;
  const std::string not_sent;
  auto share = call.reader();
  auto composed = co_await mail::compose(*box, std::move(message), not_sent, services_.clock.now(),
                                         services_.work_pool, std::move(share));
  co_return co_await save_draft(call, std::move(box), std::move(composed), std::nullopt);
}

Task<mail::DraftRef> Mail::change_draft(Call& call, std::string connection_id, model::DraftId draft,
                                        model::DraftChange change) {
  auto box = co_await call.mailbox(std::move(connection_id));
  auto source = co_await box->draft_source(draft);
  auto share = call.reader();
  auto composed =
      co_await mail::compose_change(*box, std::move(source), std::move(change),
                                    services_.clock.now(), services_.work_pool, std::move(share));
  co_return co_await save_draft(call, std::move(box), std::move(composed), std::move(draft));
}

Task<mail::DraftRef> Mail::save_draft(Call& call, mail::MailboxLease box, mail::Composed composed,
                                      std::optional<model::DraftId> replaced) {
  services_.policy.check_recipients(composed.judged);
  if (!replaced) {
    co_return co_await call.change(std::move(box), &mail::Mailbox::create_draft,
                                   std::move(composed.outgoing));
  }
  co_return co_await call.change(std::move(box), &mail::Mailbox::update_draft, std::move(*replaced),
                                 std::move(composed.outgoing));
}

}  // namespace gmail_mcp::operation
