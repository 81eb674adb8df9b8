#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "google/message.h"

// Answers of the Gmail API from JSON. Tolerant: fields may be missing or of another type, 64-bit
// numbers may be strings or numbers, bytes may be base64url or base64, padded or not. An Error
// (unavailable) only when the text is not a JSON object, and too_large when it has more values than
// such an answer can have. Only the first `most` items of a list are kept. Pure; linear;
// thread-safe.
namespace gmail_mcp::google {

Result<RawMessage> read_message(std::string_view text);
Result<MessageList> read_message_list(std::string_view text, std::size_t most);
Result<HistoryPage> read_history(std::string_view text);
Result<RawThread> read_thread(std::string_view text);
Result<RawBody> read_body(std::string_view text);
Result<RawDraft> read_draft(std::string_view text);
/// The whole message inside.
Result<RawMessage> read_draft_message(std::string_view text);
Result<DraftList> read_draft_list(std::string_view text, std::size_t most);
Result<RawLabel> read_label(std::string_view text);
Result<std::vector<RawLabel>> read_label_list(std::string_view text);
Result<std::vector<RawSendAs>> read_send_as_list(std::string_view text);
Result<RawProfile> read_profile(std::string_view text);

}  // namespace gmail_mcp::google
