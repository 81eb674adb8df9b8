#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/new_message.h"

namespace gmail_mcp::model {

/// The changes to a draft. Fields that are not given stay as they are; an empty list or text counts
/// as given. A new `body` without `body_html` removes the HTML, which would still have the old
/// text.
struct DraftChange {
  std::optional<std::vector<std::string>> to, cc, bcc;  // as NewMessage's
  std::optional<std::string> subject, body, body_html;
  std::optional<std::vector<NewAttachment>> attachments;
  std::optional<MessageId> reply_to_message_id;
};

}  // namespace gmail_mcp::model
