#pragma once

#include <string>
#include <vector>

#include "mail/mailbox.h"
#include "schema/fields.h"

namespace gmail_mcp::tools {

/// The result for one of many messages.
struct ChangeView {
  std::string id;
  bool success = true;
  std::string code, error;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &ChangeView::id), field("success", &ChangeView::success),
                          field("code", &ChangeView::code).omit_empty(),
                          field("error", &ChangeView::error).omit_empty()};
  }
};

ChangeView view(mail::Change change);

/// The ids that a caller gave in `message_ids`, without duplicates. Throws invalid_argument for a
/// malformed one.
std::vector<model::MessageId> each_once(std::vector<std::string> texts);

}  // namespace gmail_mcp::tools
