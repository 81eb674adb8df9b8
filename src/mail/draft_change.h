#pragma once

#include "base/clock.h"
#include "base/task.h"
#include "mail/compose.h"
#include "mail/mailbox.h"
#include "model/draft_change.h"

namespace gmail_mcp::mail {

/// The message of a draft with a change: sender, recipients, thread, In-Reply-To and References,
/// texts and files stay unless they are changed; pictures within the HTML belong to it. If neither
/// texts nor files change, the body stays byte for byte. Errors as those of compose(); too_large
/// for a draft that cannot be read.
Task<Composed> compose_change(Mailbox& mailbox, DraftSource draft, model::DraftChange change,
                              Timestamp now, WorkPool* pool, Shareholder reader);

}  // namespace gmail_mcp::mail
