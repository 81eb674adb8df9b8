#pragma once

#include <cstdint>
#include <string>

#include "model/message.h"
#include "store/archive.h"

namespace gmail_mcp::mail {

/// Which version of reading mail this program has. Raise it whenever a message would be read
/// otherwise than before (who wrote, its texts, its attachments): archives then read theirs anew.
inline constexpr std::int64_t reading_version = 1;

/// A message as the archive of the account with this address keeps it: which way it went, whose
/// history it belongs to, what a search looks through. Sent is what Gmail labelled SENT and what
/// the account itself is the sender of. Thread-safe.
store::NewArchived to_entry(model::Message message, const std::string& own_address);

}  // namespace gmail_mcp::mail
