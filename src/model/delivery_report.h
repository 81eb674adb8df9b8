#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/message.h"

namespace gmail_mcp::model {

/// What became of a message that was sent, as a mail server reported it (RFC 3464). All of it is a
/// stranger's word, but `message_id`.
struct DeliveryReport {
  struct Recipient {
    std::string email;
    std::string action;  // "failed", "delayed", "delivered", …
    std::string status;  // RFC 3463: "5.1.1"
    std::string reason;  // in the words of the server that did not take it
  };
  std::vector<Recipient> recipients;
  std::string subject;                  // of the message; empty: not told
  std::optional<MessageId> message_id;  // of the message, where it is among what was sent
};

}  // namespace gmail_mcp::model
