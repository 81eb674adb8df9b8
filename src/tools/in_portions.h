#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/steps.h"
#include "mail/mailbox.h"
#include "operation/call.h"

namespace gmail_mcp::tools {

/// Mailbox::modify_many in portions, so that the caller hears how far it is: `steps` counts the
/// messages that were tried. When a later portion fails as a whole, its messages and the rest have
/// failed; what was done stays done. Messages that were listed are changed all at once, which takes
/// one request. Owns all it needs but the mailbox.
Task<std::vector<mail::Change>> modify_in_portions(
    mail::Mailbox& mailbox, std::vector<model::MessageId> ids, mail::Provenance provenance,
    std::vector<std::string> add, std::vector<std::string> remove, std::shared_ptr<Steps> steps);

/// Tells the caller of the call, who outlives it, how many of `total` messages were changed.
TellSteps tell_changed(operation::Call& call, std::size_t total);

}  // namespace gmail_mcp::tools
