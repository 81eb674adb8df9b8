#include "google/message_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <charconv>
#include <string>
#include <utility>

#include "base/text.h"
#include "crypto/base64.h"
#include "schema/json_text.h"

namespace gmail_mcp::google {

namespace json = boost::json;

namespace {

// A message's parts may be nested as deeply as its sender likes, far beyond boost's 32 levels.
// Deeper JSON than this is refused before it can exhaust the stack.
constexpr std::size_t max_depth = 256;

// How many JSON values an answer may contain: {"a":1} are two. Each takes far more memory than
// bytes on the wire, so these limits are well above what Gmail sends and far below what fits into
// an answer. Gmail accepts 500 KB of header fields in a message, which are three values each.
constexpr std::size_t message_values = 1'000'000;
constexpr std::size_t thread_values = 2'000'000;
constexpr std::size_t history_values = 2'000'000;
constexpr std::size_t label_list_values = 400'000;
constexpr std::size_t small_values = 1'000;
// For each requested item of a list. Some servers send whole messages instead of ids.
constexpr std::size_t item_values = 1'000;

// A part in memory can be a hundred times as large as its text.
constexpr std::size_t max_parts = 10'000;
constexpr std::size_t max_thread_messages = 10'000;

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

// Ids are strings; a number from an emulator is accepted as an id too.
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

// The content was decided by a stranger, so asking again would not help.
Error too_much() {
  return {Errc::too_large, "Gmail's answer contains more than can be read.",
          "Ask for less at once."};
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

// The header fields that somebody reads (message.h). Most of those that mail arrives with are
// traces of its way: Received, DKIM, ARC.
bool is_read(std::string_view field) {
  static constexpr auto read = std::to_array<std::string_view>(
      {"To", "Cc", "Bcc", "From", "Date", "Subject", "Reply-To", "Message-ID", "References",
       "Content-ID", "In-Reply-To", "Content-Type", "X-Gmail-MCP-Send", "Content-Disposition"});
  return std::any_of(read.begin(), read.end(), [field](std::string_view one) {
    return one.size() == field.size() && equals_ignoring_case(one, field);
  });
}

// As it stands there; "" if it is no string.
std::string_view borrowed_text_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  const auto* text = value != nullptr ? value->if_string() : nullptr;
  return text != nullptr ? std::string_view{*text} : std::string_view{};
}

// `left`: how many more parts are taken.
RawPart part_from(const json::object& from, std::size_t& left) {
  RawPart part;
  part.part_id = text_at(from, "partId");
  part.mime_type = text_at(from, "mimeType");
  part.filename = text_at(from, "filename");
  const auto& headers = array_at(from, "headers");
  for (const auto& header : headers) {
    if (!header.is_object()) continue;
    const auto& field = header.get_object();
    const auto name = borrowed_text_at(field, "name");
    if (is_read(name)) part.headers.emplace_back(name, text_at(field, "value"));
  }
  part.body = body_from(object_at(from, "body"));
  const auto& parts = array_at(from, "parts");
  for (const auto& child : parts) {
    if (!child.is_object()) continue;
    if (left == 0) throw too_much();
    --left;
    part.parts.push_back(part_from(child.get_object(), left));
  }
  return part;
}

std::vector<std::string> texts_at(const json::object& from, std::string_view key) {
  std::vector<std::string> texts;
  for (const auto& one : array_at(from, key)) {
    auto text = text_of(one);
    if (!text.empty()) texts.push_back(std::move(text));
  }
  return texts;
}

RawMessage message_from(const json::object& from) {
  RawMessage message;
  message.id = text_at(from, "id");
  message.thread_id = text_at(from, "threadId");
  message.label_ids = texts_at(from, "labelIds");
  message.snippet = text_at(from, "snippet");
  message.history_id = text_at(from, "historyId");
  message.internal_date = number_at(from, "internalDate");
  message.size_estimate = count_at(from, "sizeEstimate");
  std::size_t parts = max_parts;
  message.payload = part_from(object_at(from, "payload"), parts);
  message.raw = bytes_at(from, "raw").value_or(std::string{});
  return message;
}

MessageRef ref_from(const json::object& from) {
  return {.id = text_at(from, "id"), .thread_id = text_at(from, "threadId")};
}

// `messages` repeats the four arrays and is not read.
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
  const auto& color = object_at(from, "color");
  return {.id = text_at(from, "id"),
          .name = text_at(from, "name"),
          .is_system = text_at(from, "type") == "system",
          .messages_total = number_at(from, "messagesTotal"),
          .messages_unread = number_at(from, "messagesUnread"),
          .background_color = text_at(color, "backgroundColor"),
          .text_color = text_at(color, "textColor")};
}

RawSendAs send_as_from(const json::object& from) {
  const auto* is_primary = from.if_contains("isPrimary");
  const auto status = text_at(from, "verificationStatus");
  return {.email = text_at(from, "sendAsEmail"),
          .display_name = text_at(from, "displayName"),
          .reply_to = text_at(from, "replyToAddress"),
          .is_primary = is_primary != nullptr && is_primary->is_bool() && is_primary->get_bool(),
          .is_confirmed = status.empty() || status == "accepted"};
}

// Parses `text` and converts its object while the document lives in its own arena.
template <class Make>
auto read(std::string_view text, std::size_t most_values, Make make)
    -> Result<decltype(make(no_object))> {
  using Kind = schema::JsonFault::Kind;
  std::array<unsigned char, 16 << 10> first_block;
  json::monotonic_resource arena{first_block.data(), first_block.size()};
  schema::JsonRules rules;
  rules.depth = max_depth;
  rules.values = most_values;
  rules.allow_invalid_utf8 = true;  // repaired when texts are read
  rules.allow_repeated_names = true;
  const auto document = schema::read_json(text, rules, &arena);
  const auto* fault = std::get_if<schema::JsonFault>(&document);
  if (fault != nullptr && fault->kind == Kind::too_deep) {
    return Error{Errc::too_large, "The message is nested too deeply to be read.",
                 "Look at it in Gmail."};
  }
  if (fault != nullptr && fault->kind == Kind::too_many_values) return too_much();
  const auto* value = std::get_if<json::value>(&document);
  if (value == nullptr || !value->is_object()) {
    return Error{Errc::unavailable, "Gmail's answer could not be read.", "Repeat the request."}
        .with_detail(fmt::format("{} bytes that are no JSON object", text.size()));
  }
  try {
    return make(value->get_object());
  } catch (const Error& failed) {
    return failed;
  }
}

// The first `most` of a list.
template <class T>
std::vector<T> list_from(const json::object& from, std::string_view key, std::size_t most,
                         T (*make)(const json::object&)) {
  std::vector<T> list;
  for (const auto& entry : array_at(from, key)) {
    if (list.size() == most) break;
    if (entry.is_object()) list.push_back(make(entry.get_object()));
  }
  return list;
}

}  // namespace

Result<RawMessage> read_message(std::string_view text) {
  return read(text, message_values, message_from);
}

Result<MessageList> read_message_list(std::string_view text, std::size_t most) {
  return read(text, small_values + most * item_values, [most](const json::object& from) {
    return MessageList{.messages = list_from(from, "messages", most, ref_from),
                       .next_page_token = text_at(from, "nextPageToken"),
                       .result_size_estimate = count_at(from, "resultSizeEstimate")};
  });
}

Result<HistoryPage> read_history(std::string_view text) {
  return read(text, history_values, [](const json::object& from) {
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
  return read(text, thread_values, [](const json::object& from) {
    if (array_at(from, "messages").size() > max_thread_messages) throw too_much();
    return RawThread{.id = text_at(from, "id"),
                     .messages = list_from(from, "messages", max_thread_messages, message_from)};
  });
}

Result<RawBody> read_body(std::string_view text) { return read(text, small_values, body_from); }

Result<RawDraft> read_draft(std::string_view text) {
  return read(text, message_values, draft_from);
}

Result<RawMessage> read_draft_message(std::string_view text) {
  return read(text, message_values,
              [](const json::object& from) { return message_from(object_at(from, "message")); });
}

Result<DraftList> read_draft_list(std::string_view text, std::size_t most) {
  return read(text, small_values + most * item_values, [most](const json::object& from) {
    return DraftList{.drafts = list_from(from, "drafts", most, draft_from),
                     .next_page_token = text_at(from, "nextPageToken")};
  });
}

Result<RawLabel> read_label(std::string_view text) { return read(text, small_values, label_from); }

// Gmail lets a person have 99 of them.
Result<std::vector<RawSendAs>> read_send_as_list(std::string_view text) {
  constexpr std::size_t most = 1'000;
  return read(text, most * 20, [](const json::object& from) {
    return list_from(from, "sendAs", most, send_as_from);
  });
}

Result<std::vector<RawLabel>> read_label_list(std::string_view text) {
  return read(text, label_list_values, [](const json::object& from) {
    return list_from(from, "labels", label_list_values, label_from);
  });
}

Result<RawProfile> read_profile(std::string_view text) {
  return read(text, small_values, [](const json::object& from) {
    return RawProfile{.email_address = text_at(from, "emailAddress"),
                      .messages_total = count_at(from, "messagesTotal"),
                      .threads_total = count_at(from, "threadsTotal"),
                      .history_id = text_at(from, "historyId")};
  });
}

}  // namespace gmail_mcp::google
