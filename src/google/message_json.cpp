#include "google/message_json.h"

#include <fmt/format.h>

#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"
#include "crypto/base64.h"

namespace gmail_mcp::google {

namespace json = boost::json;

namespace {

// A message's parts may nest as deep as its sender liked; boost's 32 levels are soon used up.
// What is deeper than this is refused before it can exhaust the stack.
constexpr std::size_t max_depth = 256;

const json::object no_object;
const json::array no_array;

const json::object& object_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* object = value != nullptr ? value->if_object() : nullptr;
  return object != nullptr ? *object : no_object;
}

const json::array& array_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* array = value != nullptr ? value->if_array() : nullptr;
  return array != nullptr ? *array : no_array;
}

// Ids are strings; an emulator that writes a number still means an id.
std::string text_of(const json::value& value) {
  switch (value.kind()) {
    case json::kind::string: {
      const std::string_view text = value.get_string();
      return is_valid_utf8(text) ? std::string{text} : repair_utf8(text);
    }
    case json::kind::int64: return std::to_string(value.get_int64());
    case json::kind::uint64: return std::to_string(value.get_uint64());
    case json::kind::double_: return fmt::format("{:.0f}", value.get_double());
    case json::kind::null:
    case json::kind::bool_:
    case json::kind::array:
    case json::kind::object: return {};
  }
  return {};
}

std::string text_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  return value != nullptr ? text_of(*value) : std::string{};
}

// Google writes int64 as a string and int32 as a number.
std::optional<std::int64_t> number_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  const auto* string = value->if_string();
  if (string == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const auto* const end = string->data() + string->size();
  const auto [stop, failed] = std::from_chars(string->data(), end, number);
  if (failed != std::errc{} || stop != end) return std::nullopt;
  return number;
}

std::int64_t count_at(const json::object& from, std::string_view key) {
  return std::max<std::int64_t>(0, number_at(from, key).value_or(0));
}

std::optional<std::string> bytes_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  if (text == nullptr) return std::nullopt;
  return crypto::base64_decode(std::string_view{*text});
}

RawBody body_from(const json::object& from) {
  RawBody body;
  body.attachment_id = text_at(from, "attachmentId");
  body.size = count_at(from, "size");
  if (auto data = bytes_at(from, "data")) {
    body.data = std::move(*data);
    body.has_data = true;
    // An emulator may leave the size out.
    if (body.size == 0) body.size = static_cast<std::int64_t>(body.data.size());
  }
  return body;
}

RawPart part_from(const json::object& from) {
  RawPart part;
  part.part_id = text_at(from, "partId");
  part.mime_type = text_at(from, "mimeType");
  part.filename = text_at(from, "filename");
  const auto& headers = array_at(from, "headers");
  part.headers.reserve(headers.size());
  for (const auto& header : headers) {
    if (!header.is_object()) continue;
    const auto& field = header.get_object();
    part.headers.emplace_back(text_at(field, "name"), text_at(field, "value"));
  }
  part.body = body_from(object_at(from, "body"));
  const auto& parts = array_at(from, "parts");
  part.parts.reserve(parts.size());
  for (const auto& child : parts) {
    if (child.is_object()) part.parts.push_back(part_from(child.get_object()));
  }
  return part;
}

RawMessage message_from(const json::object& from) {
  RawMessage message;
  message.id = text_at(from, "id");
  message.thread_id = text_at(from, "threadId");
  for (const auto& label : array_at(from, "labelIds")) message.label_ids.push_back(text_of(label));
  message.snippet = text_at(from, "snippet");
  message.history_id = text_at(from, "historyId");
  message.internal_date = number_at(from, "internalDate");
  message.size_estimate = count_at(from, "sizeEstimate");
  message.payload = part_from(object_at(from, "payload"));
  message.raw = bytes_at(from, "raw").value_or(std::string{});
  return message;
}

MessageRef ref_from(const json::object& from) {
  return {.id = text_at(from, "id"), .thread_id = text_at(from, "threadId")};
}

std::vector<std::string> texts_at(const json::object& from, std::string_view key) {
  std::vector<std::string> texts;
  for (const auto& one : array_at(from, key)) texts.push_back(text_of(one));
  return texts;
}

// `messages` repeats what the four arrays say, and is not read.
void add_events(const json::object& record, std::string_view key, HistoryEvent::Kind kind,
                std::vector<HistoryEvent>& events) {
  for (const auto& entry : array_at(record, key)) {
    const auto* change = entry.if_object();
    if (change == nullptr) continue;
    const auto& message = object_at(*change, "message");
    HistoryEvent event;
    event.kind = kind;
    event.message_id = text_at(message, "id");
    if (message.contains("labelIds")) event.labels_now = texts_at(message, "labelIds");
    event.changed_labels = texts_at(*change, "labelIds");
    if (!event.message_id.empty()) events.push_back(std::move(event));
  }
}

RawDraft draft_from(const json::object& from) {
  return {.id = text_at(from, "id"), .message = ref_from(object_at(from, "message"))};
}

RawLabel label_from(const json::object& from) {
  return {.id = text_at(from, "id"),
          .name = text_at(from, "name"),
          .is_system = text_at(from, "type") == "system",
          .messages_total = number_at(from, "messagesTotal"),
          .messages_unread = number_at(from, "messagesUnread")};
}

// Parses `text` and makes a value of its object while the document lives on its own arena.
template <class Make>
auto read(std::string_view text, Make make) -> Result<decltype(make(no_object))> {
  std::array<unsigned char, 16 << 10> first_block;
  json::monotonic_resource arena{first_block.data(), first_block.size()};
  json::parse_options options;
  options.max_depth = max_depth;
  options.allow_invalid_utf8 = true;  // repaired where it is taken
  boost::system::error_code bad;
  const auto document = json::parse({text.data(), text.size()}, bad, &arena, options);
  // Of what is in it, a stranger decides: asking again would not help.
  if (bad == json::error::too_deep) {
    return Error{Errc::too_large, "The message is nested too deeply to be read."};
  }
  if (bad || !document.is_object()) {
    return Error{Errc::unavailable, "Gmail's answer could not be read.", "Repeat the request."}
        .with_detail(fmt::format("{} bytes that are no JSON object", text.size()));
  }
  return make(document.get_object());
}

template <class T>
std::vector<T> list_from(const json::object& from, std::string_view key,
                         T (*make)(const json::object&)) {
  std::vector<T> list;
  const auto& array = array_at(from, key);
  list.reserve(array.size());
  for (const auto& entry : array) {
    if (entry.is_object()) list.push_back(make(entry.get_object()));
  }
  return list;
}

}  // namespace

Result<RawMessage> read_message(std::string_view text) { return read(text, message_from); }

Result<MessageList> read_message_list(std::string_view text) {
  return read(text, [](const json::object& from) {
    return MessageList{.messages = list_from(from, "messages", ref_from),
                       .next_page_token = text_at(from, "nextPageToken"),
                       .result_size_estimate = count_at(from, "resultSizeEstimate")};
  });
}

Result<HistoryPage> read_history(std::string_view text) {
  return read(text, [](const json::object& from) {
    HistoryPage page{.events = {},
                     .next_page_token = text_at(from, "nextPageToken"),
                     .history_id = text_at(from, "historyId")};
    for (const auto& entry : array_at(from, "history")) {
      const auto* record = entry.if_object();
      if (record == nullptr) continue;
      using Kind = HistoryEvent::Kind;
      add_events(*record, "messagesAdded", Kind::added, page.events);
      add_events(*record, "labelsAdded", Kind::labels_added, page.events);
      add_events(*record, "labelsRemoved", Kind::labels_removed, page.events);
      add_events(*record, "messagesDeleted", Kind::deleted, page.events);
    }
    return page;
  });
}

Result<RawThread> read_thread(std::string_view text) {
  return read(text, [](const json::object& from) {
    return RawThread{.id = text_at(from, "id"),
                     .messages = list_from(from, "messages", message_from)};
  });
}

Result<RawBody> read_body(std::string_view text) { return read(text, body_from); }

Result<RawDraft> read_draft(std::string_view text) { return read(text, draft_from); }

Result<DraftList> read_draft_list(std::string_view text) {
  return read(text, [](const json::object& from) {
    return DraftList{.drafts = list_from(from, "drafts", draft_from),
                     .next_page_token = text_at(from, "nextPageToken")};
  });
}

Result<RawLabel> read_label(std::string_view text) { return read(text, label_from); }

Result<std::vector<RawLabel>> read_label_list(std::string_view text) {
  return read(text, [](const json::object& from) { return list_from(from, "labels", label_from); });
}

Result<RawProfile> read_profile(std::string_view text) {
  return read(text, [](const json::object& from) {
    return RawProfile{.email_address = text_at(from, "emailAddress"),
                      .messages_total = count_at(from, "messagesTotal"),
                      .threads_total = count_at(from, "threadsTotal"),
                      .history_id = text_at(from, "historyId")};
  });
}

}  // namespace gmail_mcp::google
