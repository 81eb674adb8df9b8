#pragma once

#include "base/task.h"
#include "google/gmail.h"
#include "google/message.h"

namespace gmail_mcp::mail {

/// Very long texts are not in a message, but have to be fetched like files, and so does what has
/// the text of a letter that has none of its own (mime::leaves_with_text): fetches them into it.
/// Both are borrowed until the task ends.
Task<void> fetch_separate_texts(google::GmailApi& api, google::RawMessage& message);

}  // namespace gmail_mcp::mail
