#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/new_message.h"

namespace gmail_mcp::model {

/// What is to be other in a draft. What is not given stays as it is; an empty list or text is
/// given. A new `body` without `body_html` leaves no HTML, which would go on saying the old text.
struct DraftChange {
  std::optional<std::vector<std::string>> to, cc, bcc;  // as NewMessage's
  std::optional<std::string> subject, body, body_html;
  std::optional<std::vector<NewAttachment>> attachments;
  std::optional<MessageId> reply_to_message_id;
};

}  // namespace gmail_mcp::model
