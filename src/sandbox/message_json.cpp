#include "sandbox/message_json.h"

#include <algorithm>

#include "base/text.h"
#include "crypto/base64.h"
#include "crypto/digest.h"
#include "crypto/random.h"

namespace gmail_mcp::sandbox {

namespace json = boost::json;

namespace {

json::array strings(const std::vector<std::string>& list) {
  return json::array(list.begin(), list.end());
}

json::array headers_json(const Part& part, const std::vector<std::string>& only) {
  json::array list;
  for (const auto& field : part.headers) {
    const bool wanted =
        only.empty() || std::any_of(only.begin(), only.end(), [&](const std::string& name) {
          return equals_ignoring_case(name, field.name);
        });
    if (!wanted) continue;
    list.push_back(json::object{{"name", field.name}, {"value", decode_words(field.value)}});
  }
  return list;
}

json::object body_json(const Part& part, const StoredMessage& message) {
  if (part.is_multipart()) return {{"size", 0}};
  // Google takes an embedded message apart and does not return it as a whole.
  if (part.mime_type == "message/rfc822" && !part.parts.empty()) return {{"size", part.size}};
  if (part.is_attachment) {
    return {{"attachmentId", make_attachment_id(message.id, part.id)}, {"size", part.size}};
  }
  // Text is inline, and usually UTF-8 whatever its header says.
  const auto text = inline_body(part, message.raw);
  json::object body{{"size", text.size()}};
  if (!text.empty()) body["data"] = crypto::base64url_encode(text, crypto::Padding::with);
  return body;
}

json::object part_json(const Part& part, const StoredMessage& message) {
  json::object out{{"partId", part.id}, {"mimeType", part.mime_type}, {"filename", part.filename}};
  if (!part.headers.empty()) out["headers"] = headers_json(part, {});
  out["body"] = body_json(part, message);
  if (!part.parts.empty()) {
    json::array parts;
    for (const auto& child : part.parts) parts.push_back(part_json(child, message));
    out["parts"] = std::move(parts);
  }
  return out;
}

// Makes attachment ids look random and differ each time.
std::string masked(std::string_view text, std::string_view nonce) {
  const auto mask = crypto::sha256(nonce);
  std::string out{text};
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<char>(out[i] ^ mask[i % mask.size()]);
  }
  return out;
}

constexpr std::string_view attachment_prefix = "ANGjdJ";
// Google's ids are longer than 256 characters, which clients may not expect.
constexpr std::size_t nonce_size = 240;

}  // namespace

std::string make_attachment_id(std::string_view message_id, std::string_view part_id) {
  const auto nonce = crypto::random_bytes(nonce_size);
  const auto meaning = std::string{message_id} + ":" + std::string{part_id};
  return std::string{attachment_prefix} +
         crypto::base64url_encode(nonce + masked(meaning, nonce), crypto::Padding::without);
}

std::optional<std::string> part_of_attachment(std::string_view attachment_id,
                                              std::string_view message_id) {
  if (!attachment_id.starts_with(attachment_prefix)) return std::nullopt;
  const auto bytes = crypto::base64_decode(attachment_id.substr(attachment_prefix.size()));
  if (!bytes || bytes->size() < nonce_size) return std::nullopt;
  const auto meaning = masked(std::string_view{*bytes}.substr(nonce_size),
                              std::string_view{*bytes}.substr(0, nonce_size));
  const auto owner = std::string{message_id} + ":";
  if (!meaning.starts_with(owner)) return std::nullopt;
  return meaning.substr(owner.size());
}

const Part* find_part(const Part& root, std::string_view part_id) {
  if (root.id == part_id) return &root;
  for (const auto& child : root.parts) {
    if (const auto* found = find_part(child, part_id)) return found;
  }
  return nullptr;
}

json::object message_reference(const StoredMessage& message) {
  return {{"id", message.id}, {"threadId", message.thread_id}};
}

json::object message_brief(const StoredMessage& message) {
  auto out = message_reference(message);
  if (!message.labels.empty()) out["labelIds"] = strings(message.labels);
  return out;
}

json::object message_json(const StoredMessage& message, const View& view) {
  auto out = message_brief(message);
  out["snippet"] = message.snippet;
  if (view.format == Format::full) out["payload"] = part_json(message.mail, message);
  if (view.format == Format::metadata) {
    json::object payload{{"mimeType", message.mail.mime_type}};
    auto headers = headers_json(message.mail, view.metadata_headers);
    if (!headers.empty()) payload["headers"] = std::move(headers);
    out["payload"] = std::move(payload);
  }
  if (view.format == Format::raw) {
    out["raw"] = crypto::base64url_encode(message.raw, crypto::Padding::with);
  }
  out["sizeEstimate"] = message.raw.size();
  out["historyId"] = std::to_string(message.history_id);
  out["internalDate"] = std::to_string(message.internal_date.time_since_epoch().count());
  return out;
}

json::object label_json(const Label& label, const Mailbox* counts) {
  json::object out{{"id", label.id}, {"name", label.name}};
  if (!label.message_list_visibility.empty()) {
    out["messageListVisibility"] = label.message_list_visibility;
  }
  if (!label.label_list_visibility.empty()) {
    out["labelListVisibility"] = label.label_list_visibility;
  }
  out["type"] = label.is_system ? "system" : "user";
  if (counts != nullptr) {
    std::size_t total = 0;
    std::size_t unread = 0;
    std::vector<std::string_view> threads;
    std::vector<std::string_view> unread_threads;
    for (const auto* message : counts->newest_first()) {
      if (!message->has_label(label.id)) continue;
      ++total;
      threads.push_back(message->thread_id);
      if (!message->has_label("UNREAD")) continue;
      ++unread;
      unread_threads.push_back(message->thread_id);
    }
    const auto distinct = [](std::vector<std::string_view>& ids) {
      std::sort(ids.begin(), ids.end());
      return std::unique(ids.begin(), ids.end()) - ids.begin();
    };
    out["messagesTotal"] = total;
    out["messagesUnread"] = unread;
    out["threadsTotal"] = distinct(threads);
    out["threadsUnread"] = distinct(unread_threads);
  }
  if (!label.text_color.empty()) {
    out["color"] =
        json::object{{"textColor", label.text_color}, {"backgroundColor", label.background_color}};
  }
  return out;
}

json::object change_json(const Change& change) {
  const json::object reference{{"id", change.message_id}, {"threadId", change.thread_id}};
  auto message = reference;
  if (!change.labels.empty()) message["labelIds"] = strings(change.labels);
  json::object entry{{"message", std::move(message)}};
  json::object out{{"id", std::to_string(change.id)}};
  out["messages"] = json::array{reference};
  switch (change.kind) {
    case Change::Kind::message_added: out["messagesAdded"] = json::array{entry}; break;
    case Change::Kind::message_deleted: out["messagesDeleted"] = json::array{entry}; break;
    case Change::Kind::label_added:
      entry["labelIds"] = strings(change.changed);
      out["labelsAdded"] = json::array{entry};
      break;
    case Change::Kind::label_removed:
      entry["labelIds"] = strings(change.changed);
      out["labelsRemoved"] = json::array{entry};
      break;
  }
  return out;
}

}  // namespace gmail_mcp::sandbox
