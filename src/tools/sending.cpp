#include "tools/sending.h"

#include <utility>

#include "operation/call.h"
#include "operation/mail.h"

namespace gmail_mcp::tools {

schema::Fields<SendArgs> send_fields(schema::Field<NewMessageArgs> id) {
  return schema::Fields<SendArgs>{new_message_fields(std::move(id))} +
         schema::Fields{
             schema::field("idempotency_key", &SendArgs::idempotency_key,
                           "Repeat a call with the same key within 24 hours and it is sent once")
                 .at_most(255)};
}

schema::Fields<SendArgs> SendArgs::fields() {
  return send_fields(connection_field(&NewMessageArgs::connection_id));
}

SentOutput sent_output(const operation::SendResult& result) {
  SentOutput out;
  if (result.sent.message_id) out.message_id = result.sent.message_id->str();
  if (result.sent.thread_id) out.thread_id = result.sent.thread_id->str();
  out.deduplicated = result.deduplicated;
  out.success = result.status == operation::send_status::sent;
  out.status = result.status;
  out.send_id = result.send_id;
  out.approval_url = result.approval_url;
  out.draft_id = result.draft_id;
  out.note = result.note;
  return out;
}

Task<schema::Value> resume_send(operation::Call& call, operation::Decision decision) {
  const auto result = co_await call.house().approvals.decide(call, std::move(decision));
  co_return schema::Value{sent_output(result)};
}

Task<SentOutput> send_message(operation::Call& call, SendArgs args) {
  auto connection = std::move(args.connection_id);
  auto key = std::move(args.idempotency_key);
  auto message = new_message(std::move(args));
  const auto result = co_await call.house().mail.send(call, std::move(connection),
                                                      std::move(message), std::move(key));
  co_return sent_output(result);
}

}  // namespace gmail_mcp::tools
