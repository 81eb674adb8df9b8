#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/task.h"
#include "google/gmail.h"
#include "google/message.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// In Gmail's answers the encoded words of headers are already decoded, so that a display name may
/// contain what looks like an address. When From, To, Cc, Bcc or Reply-To is not certain, this
/// reads them as they were sent, from the message's own bytes; but not for messages over 1 MB, and
/// not if Google or the scopes refuse: then they stay unsure. Both are borrowed until the task
/// ends.
Task<void> settle_people(google::GmailApi& api, google::RawMessage& message);

/// Whether settle_people() has something to read. For most messages it has not.
bool can_settle_people(const google::RawMessage& message);

/// The same for the first ten messages of a conversation whose From is not certain; their
/// recipients are not worth a request each.
Task<void> settle_senders(google::GmailApi& api, std::vector<google::RawMessage>& messages);

/// Sets from_is_unsure and the like in `message`, whose header fields Gmail has decoded.
void mark_unsure_people(const std::vector<std::pair<std::string, std::string>>& fields,
                        model::Message& message);

}  // namespace gmail_mcp::mail
