#pragma once

#include <memory>

#include "base/error.h"
#include "mail/mailbox.h"

namespace gmail_mcp::mail {

/// The error for a verb that a mailbox does not claim to support. `what` is neither gmail_search
/// nor labels: these may be supported in part, so the backend itself refuses them.
Error unsupported(bool Capabilities::*what);

/// The same mailbox, but it refuses verbs that its capabilities() do not claim, without asking the
/// backend.
std::unique_ptr<Mailbox> refuse_unsupported(std::unique_ptr<Mailbox> mailbox);

}  // namespace gmail_mcp::mail
