#include "mail/gmail_rest/separate_texts.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "mail/gmail_rest/convert.h"
#include "mail/message_reader.h"
#include "mime/elsewhere.h"
#include "mime/part.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

bool is_of_type(const google::RawPart& part, std::string_view type) {
  return equals_ignoring_case(std::string_view{part.mime_type}.substr(0, type.size()), type);
}

bool is_multipart(const google::RawPart& part) { return is_of_type(part, "multipart/"); }

bool is_missing(const google::RawPart& part) {
  return !part.body.has_data && !part.body.attachment_id.empty() && is_of_type(part, "text/");
}

void collect_missing(google::RawPart& part, std::vector<google::RawPart*>& texts) {
  if (is_missing(part)) texts.push_back(&part);
  if (!is_multipart(part)) return;
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

bool can_have_text(const google::RawPart& leaf) {
  return mime::can_have_text(to_lower_ascii(leaf.mime_type), leaf.filename);
}

// A leaf that could contain the text and whose bytes are not here.
bool may_be_fetched(const google::RawPart& leaf) {
  const bool is_small = leaf.body.size <= static_cast<std::int64_t>(mime::most_of_leaf);
  return !leaf.body.has_data && is_small && can_have_text(leaf);
}

// Parts that could contain the text; never inside an embedded message.
void collect_elsewhere(google::RawPart& part, std::vector<google::RawPart*>& leaves,
                       std::size_t& bytes_of_text) {
  if (is_multipart(part)) {
    for (auto& child : part.parts) collect_elsewhere(child, leaves, bytes_of_text);
    return;
  }
  if (may_be_fetched(part)) leaves.push_back(&part);
  if (part.filename.empty() && !can_have_text(part)) bytes_of_text += part.body.data.size();
}

// The leaves that contain the text, and packages, because they contain files.
std::vector<google::RawPart*> leaves_to_fetch(google::RawMessage& message) {
  // A longer one is not blank.
  constexpr std::size_t longest_blank = std::size_t{16} << 10;
  std::vector<google::RawPart*> leaves;
  std::size_t bytes_of_text = 0;
  collect_elsewhere(message.payload, leaves, bytes_of_text);
  if (leaves.empty()) return {};
  std::unordered_set<std::string> wanted;
  if (bytes_of_text <= longest_blank) {
    const auto root = to_part(message.payload);
    if (mime::are_blank(mime::bodies(root))) {
      for (const auto* part : mime::leaves_with_text(root)) wanted.insert(part->id);
    }
  }
  std::erase_if(leaves, [&](const auto* leaf) {
    const bool is_package = mime::is_package(to_lower_ascii(leaf->mime_type), leaf->filename);
    return !is_package && !wanted.contains(leaf->part_id);
  });
  return leaves;
}

Task<void> fetch_each_leaf(google::GmailApi& api, google::RawMessage& message,
                           std::vector<google::RawPart*> leaves) {
  std::optional<mime::Part> source;
  for (auto* leaf : leaves) {
    if (!leaf->body.attachment_id.empty()) {
      auto body = co_await api.get_attachment(message.id, leaf->body.attachment_id);
      leaf->body.data = std::move(body.data);
    } else {
      // Gmail returns an embedded message in pieces; only the source has it as it was sent.
      if (message.size_estimate > static_cast<std::int64_t>(mime::most_of_leaf)) co_return;
      if (!source) {
        const auto whole = co_await api.get_message(message.id, google::View::raw);
        auto read = mime::read_message(whole.raw);
        if (!read) co_return;
        source = std::move(*read);
      }
      const auto id = leaf->part_id.empty() ? std::string{"0"} : leaf->part_id;
      const auto* found = find_attachment(*source, id);
      if (found != nullptr) leaf->body.data = mime::file_content(*found);
    }
    leaf->body.has_data = true;
  }
}

// A multipart without parts counts as a text, which Gmail does not return.
bool has_text_without_parts(const google::RawPart& payload) {
  return is_multipart(payload) && payload.parts.empty() && !payload.body.has_data;
}

Task<void> fetch_text_without_parts(google::GmailApi& api, google::RawMessage& message) {
  auto& payload = message.payload;
  const bool is_empty = has_text_without_parts(payload);
  if (!is_empty || message.size_estimate > static_cast<std::int64_t>(mime::most_of_leaf)) co_return;
  const auto whole = co_await api.get_message(message.id, google::View::raw);
  auto root = mime::read_message(whole.raw);
  if (!root || !root->is_text) co_return;
  payload.mime_type = "text/plain";
  payload.body.data = std::move(root->content);
  payload.body.has_data = true;
}

Task<void> fetch_leaves(google::GmailApi& api, google::RawMessage& message) {
  const auto leaves = leaves_to_fetch(message);
  try {
    co_await fetch_text_without_parts(api, message);
    co_await fetch_each_leaf(api, message, leaves);
  } catch (const Error& error) {
    // The letter itself is known: it says where its text is.
    if (error.code != Errc::not_found && error.code != Errc::too_large) throw;
  }
}

bool has_leaf_to_fetch(const google::RawPart& part) {
  if (is_multipart(part)) return std::ranges::any_of(part.parts, has_leaf_to_fetch);
  return is_missing(part) || may_be_fetched(part);
}

}  // namespace

bool may_have_separate_texts(const google::RawMessage& message) {
  return has_text_without_parts(message.payload) || has_leaf_to_fetch(message.payload);
}

Task<void> fetch_separate_texts(google::GmailApi& api, google::RawMessage& message) {
  // A message does not have more bodies than this.
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
  co_await fetch_leaves(api, message);
}

}  // namespace gmail_mcp::mail
