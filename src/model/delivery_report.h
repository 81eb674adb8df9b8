#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/message.h"

namespace gmail_mcp::model {

/// What happened to a sent message, as a mail server reported it (RFC 3464). All of it except
/// `message_id` was written by a stranger.
struct DeliveryReport {
  struct Recipient {
    std::string email;
    std::string action;  // "failed", "delayed", "delivered", …
    std::string status;  // RFC 3463: "5.1.1"
    std::string reason;  // in the words of the server that refused it
  };
  std::vector<Recipient> recipients;
  std::string subject;                  // of the message; empty: not known
  std::optional<MessageId> message_id;  // of the message, if it is among the sent ones
};

}  // namespace gmail_mcp::model
