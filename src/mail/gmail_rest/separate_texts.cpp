#include "mail/gmail_rest/separate_texts.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace gmail_mcp::mail {

namespace {

void collect_separate_texts(google::RawPart& part, std::vector<google::RawPart*>& texts) {
  const auto type = to_lower_ascii(part.mime_type);
  const bool is_text = (type == "text/plain" || type == "text/html") && part.filename.empty();
  if (is_text && !part.body.has_data && !part.body.attachment_id.empty()) texts.push_back(&part);
  if (!type.starts_with("multipart/")) return;
  for (auto& child : part.parts) collect_separate_texts(child, texts);
}

}  // namespace

Task<void> fetch_separate_texts(google::GmailApi& api, google::RawMessage& message) {
  // More than a few are no bodies.
  constexpr std::size_t most = 4;
  std::vector<google::RawPart*> texts;
  collect_separate_texts(message.payload, texts);
  texts.resize(std::min(texts.size(), most));
  for (auto* text : texts) {
    auto body = co_await api.get_attachment(message.id, text->body.attachment_id);
    text->body.data = std::move(body.data);
    text->body.has_data = true;
  }
}

}  // namespace gmail_mcp::mail
