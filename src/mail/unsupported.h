#pragma once

#include <memory>

#include "base/error.h"
#include "mail/mailbox.h"

namespace gmail_mcp::mail {

/// What is said to who asks for something that a mailbox does not claim; `what` is neither
/// gmail_search nor labels, which are matters of degree and refused by the backend itself.
Error unsupported(bool Capabilities::*what);

/// The same mailbox, which refuses what its capabilities() do not claim without asking the backend.
std::unique_ptr<Mailbox> refuse_unsupported(std::unique_ptr<Mailbox> mailbox);

}  // namespace gmail_mcp::mail
