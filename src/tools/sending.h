#pragma once

#include <optional>
#include <string>

#include "operation/mail.h"
#include "operation/operation.h"
#include "schema/fields.h"
#include "tools/new_message_args.h"

namespace gmail_mcp::tools {

/// The arguments of gmail_send and send_email.
struct SendArgs : NewMessageArgs {
  std::string idempotency_key;

  static schema::Fields<SendArgs> fields();
};

/// Its fields; `id`: the field for the connection.
schema::Fields<SendArgs> send_fields(schema::Field<NewMessageArgs> id);

/// The result of every tool that sends a message, and of gmail_send_status.
struct SentOutput {
  bool success = true;  // it was sent
  std::string status;   // operation/send_result.h
  std::optional<std::string> message_id, thread_id;
  bool deduplicated = false;
  std::string send_id;  // for gmail_send_status
  // Only of a message that was held.
  std::string approval_url, draft_id, note;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &SentOutput::success),
                          field("status", &SentOutput::status, "`held`: not sent"),
                          field("message_id", &SentOutput::message_id),
                          field("thread_id", &SentOutput::thread_id),
                          field("deduplicated", &SentOutput::deduplicated),
                          field("send_id", &SentOutput::send_id).omit_empty(),
                          field("approval_url", &SentOutput::approval_url).omit_empty(),
                          field("draft_id", &SentOutput::draft_id).omit_empty(),
                          field("note", &SentOutput::note).omit_empty()};
  }
};

SentOutput sent_output(const operation::SendResult& result);

/// Operation::resume of every tool that sends a message.
Task<schema::Value> resume_send(operation::Call& call, operation::Decision decision);

template <class Args>
operation::Operation sending_operation(operation::Info info,
                                       Task<SentOutput> (*run)(operation::Call&, Args)) {
  auto made = operation::operation<Args, SentOutput>(info, run);
  made.resume = resume_send;
  return made;
}

Task<SentOutput> send_message(operation::Call& call, SendArgs args);

}  // namespace gmail_mcp::tools
