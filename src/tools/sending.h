#pragma once

#include <optional>
#include <string>

#include "operation/mail.h"
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

/// The result of every tool that sends a message.
struct SentOutput {
  bool success = true;
  std::optional<std::string> message_id, thread_id;
  bool deduplicated = false;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &SentOutput::success),
                          field("message_id", &SentOutput::message_id),
                          field("thread_id", &SentOutput::thread_id),
                          field("deduplicated", &SentOutput::deduplicated)};
  }
};

SentOutput sent_output(const operation::SendResult& result);

Task<SentOutput> send_message(operation::Call& call, SendArgs args);

}  // namespace gmail_mcp::tools
