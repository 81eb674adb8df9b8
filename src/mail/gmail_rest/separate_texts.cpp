#include "mail/gmail_rest/separate_texts.h"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "base/text.h"
#include "mail/gmail_rest/convert.h"
#include "mime/part.h"

namespace gmail_mcp::mail {

namespace {

bool is_missing(const google::RawPart& part) {
  return !part.body.has_data && !part.body.attachment_id.empty() &&
         to_lower_ascii(part.mime_type).starts_with("text/");
}

void collect_missing(google::RawPart& part, std::vector<google::RawPart*>& texts) {
  if (is_missing(part)) texts.push_back(&part);
  if (!to_lower_ascii(part.mime_type).starts_with("multipart/")) return;
  for (auto& child : part.parts) collect_missing(child, texts);
}

// Those among them that are read.
void keep_text(const google::RawPart& payload, std::vector<google::RawPart*>& texts) {
  if (texts.empty()) return;
  const auto root = to_part(payload);
  const auto parts = mime::text_parts(root);
  std::unordered_set<std::string_view> read;
  for (const auto* part : parts.plain) read.insert(part->id);
  for (const auto* part : parts.html) read.insert(part->id);
  std::erase_if(texts, [&](const auto* text) { return !read.contains(text->part_id); });
}

}  // namespace

Task<void> fetch_separate_texts(google::GmailApi& api, google::RawMessage& message) {
  // More than a few are no bodies.
  constexpr std::size_t most = 4;
  std::vector<google::RawPart*> texts;
  collect_missing(message.payload, texts);
  keep_text(message.payload, texts);
  texts.resize(std::min(texts.size(), most));
  for (auto* text : texts) {
    auto body = co_await api.get_attachment(message.id, text->body.attachment_id);
    text->body.data = std::move(body.data);
    text->body.has_data = true;
  }
}

}  // namespace gmail_mcp::mail
