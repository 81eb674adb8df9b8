#pragma once

#include <optional>
#include <string>
#include <utility>

#include "mail/mailbox.h"
#include "schema/fields.h"
#include "tools/arguments.h"

// Shared by the tools for drafts.
namespace gmail_mcp::tools {

struct DraftArgs {
  std::string connection_id;
  std::string draft_id;

  static auto fields() {
    return schema::Fields{
        connection_field(&DraftArgs::connection_id),
        schema::required("draft_id", &DraftArgs::draft_id, "From gmail_list_drafts"),
    };
  }
};

/// A draft as it is in the mailbox.
struct SavedDraft {
  std::string draft_id;
  std::optional<std::string> message_id, thread_id;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("draft_id", &SavedDraft::draft_id),
                          field("message_id", &SavedDraft::message_id),
                          field("thread_id", &SavedDraft::thread_id)};
  }
};

inline SavedDraft saved_draft(const mail::DraftRef& draft) {
  SavedDraft out;
  out.draft_id = draft.id.str();
  if (draft.sent.message_id) out.message_id = draft.sent.message_id->str();
  if (draft.sent.thread_id) out.thread_id = draft.sent.thread_id->str();
  return out;
}

}  // namespace gmail_mcp::tools
