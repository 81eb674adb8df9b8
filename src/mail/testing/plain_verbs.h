#pragma once

#include <string>
#include <vector>

#include "mail/mailbox.h"

namespace gmail_mcp::mail {

/// Verbs of a Mailbox in terms of its others, for one that knows no shorter way. `mailbox` outlives
/// the await.
Task<IdPage> search_ids(Mailbox& mailbox, Query query);
Task<std::vector<Change>> modify_one_by_one(Mailbox& mailbox, std::vector<model::MessageId> ids,
                                            std::vector<std::string> add,
                                            std::vector<std::string> remove);
Task<DraftRef> draft_in_list(Mailbox& mailbox, model::DraftId id);
Task<DraftSource> source_of_draft(Mailbox& mailbox, model::DraftId id);

}  // namespace gmail_mcp::mail
