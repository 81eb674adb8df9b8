#pragma once

#include <string>

#include "model/message.h"

namespace gmail_mcp::operation {

/// The words for what became of a send.
namespace send_status {
inline constexpr char sent[] = "sent";
inline constexpr char held[] = "held";        // waits for the person's approval
inline constexpr char sending[] = "sending";  // approved, and under way
inline constexpr char refused[] = "refused";
inline constexpr char saved_as_draft[] = "saved_as_draft";
inline constexpr char expired[] = "expired";
inline constexpr char failed[] = "failed";  // certainly not sent
inline constexpr char outcome_unknown[] = "outcome_unknown";
}  // namespace send_status

struct SendResult {
  model::Sent sent;
  bool deduplicated = false;  // an earlier identical call did it
  std::string status = send_status::sent;
  std::string send_id;
  std::string approval_url;  // while it is held
  std::string draft_id;      // of saved_as_draft
  std::string note;          // what it means and what to do; "" when it was sent
};

}  // namespace gmail_mcp::operation
