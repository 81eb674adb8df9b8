#pragma once

#include "base/task.h"
#include "google/gmail.h"
#include "google/message.h"

namespace gmail_mcp::mail {

/// Whether fetch_separate_texts() may find something to fetch. For most messages there is nothing.
bool may_have_separate_texts(const google::RawMessage& message);

/// Very long texts are not sent with a message and have to be fetched like files; so do the parts
/// with the text of a letter that has none of its own (mime::leaves_with_text). Fetches them into
/// the message. Both are borrowed until the task ends.
Task<void> fetch_separate_texts(google::GmailApi& api, google::RawMessage& message);

}  // namespace gmail_mcp::mail
