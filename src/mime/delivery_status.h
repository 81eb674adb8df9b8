#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::mime {

/// What happened to a message for one of its recipients (RFC 3464 §2.3), in the words of a mail
/// server, which is a stranger.
struct DeliveryStatus {
  std::string recipient;   // as the sender wrote it, if that is known
  std::string action;      // lower case: "failed", "delayed", "delivered", "relayed", "expanded"
  std::string status;      // RFC 3463: "5.1.1"
  std::string diagnostic;  // what the refusing server said
};

/// The recipients that a message/delivery-status part names, at most 100, each field one line of
/// UTF-8 of at most 2,000 bytes. Unreadable fields are left out; never fails; linear.
std::vector<DeliveryStatus> parse_delivery_status(std::string_view content);

}  // namespace gmail_mcp::mime
