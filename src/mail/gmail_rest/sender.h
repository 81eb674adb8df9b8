#pragma once

#include "base/task.h"
#include "google/gmail.h"
#include "google/message.h"

namespace gmail_mcp::mail {

/// Gmail's answers hold header values with their encoded words decoded already, so that a display
/// name may hold what looks like an address. Where From does not say for sure who sent the message,
/// reads it as it was sent, from the message's own bytes; not of messages over 1 MB, and not where
/// Google or the scopes refuse: then it stays unsure. Both are borrowed until the task ends.
Task<void> settle_sender(google::GmailApi& api, google::RawMessage& message);

/// Whether it still is: model::Message::from_is_unsure.
bool is_sender_unsure(const google::RawMessage& message);

}  // namespace gmail_mcp::mail
