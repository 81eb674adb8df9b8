#pragma once

#include <cstdint>
#include <string>

#include "model/message.h"
#include "store/archive.h"

namespace gmail_mcp::mail {

/// The version of this program's reading of mail. Raise it whenever a message would be read
/// differently (its people, texts, attachments): archives then read their messages again.
inline constexpr std::int64_t reading_version = 1;

/// A message in the form in which the archive of this account keeps it: with its direction, its
/// correspondents, and the text to search. Messages count as sent if Gmail labelled them SENT or
/// the account is the sender. Thread-safe.
store::NewArchived to_entry(model::Message message, const std::string& own_address);

}  // namespace gmail_mcp::mail
