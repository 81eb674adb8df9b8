#pragma once

#include <vector>

#include "base/task.h"
#include "google/gmail.h"
#include "google/message.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// Gmail's answers hold header values with their encoded words decoded already, so that a display
/// name may hold what looks like an address. Where From, To, Cc, Bcc or Reply-To does not say for
/// sure who is meant, reads them as they were sent, from the message's own bytes; not of messages
/// over 1 MB, and not where Google or the scopes refuse: then they stay unsure. Both are borrowed
/// until the task ends.
Task<void> settle_people(google::GmailApi& api, google::RawMessage& message);

/// The same for the first ten of a conversation whose From is not sure; whom the others were sent
/// to is not worth a request each.
Task<void> settle_senders(google::GmailApi& api, std::vector<google::RawMessage>& messages);

/// Sets from_is_unsure and its like of `message`, which was made of `raw`.
void mark_unsure_people(const google::RawMessage& raw, model::Message& message);

}  // namespace gmail_mcp::mail
