#pragma once

#include <optional>
#include <string>

#include "operation/mail.h"
#include "schema/fields.h"

namespace gmail_mcp::tools {

/// What every tool that sends a message answers.
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

inline SentOutput sent_output(const operation::SendResult& result) {
  SentOutput out;
  if (result.sent.message_id) out.message_id = result.sent.message_id->str();
  if (result.sent.thread_id) out.thread_id = result.sent.thread_id->str();
  out.deduplicated = result.deduplicated;
  return out;
}

}  // namespace gmail_mcp::tools
