#include "google/message_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <string>
#include <utility>

#include "base/text.h"
#include "google/json_answer.h"
#include "schema/json_text.h"

namespace gmail_mcp::google {

namespace json = boost::json;

namespace {

constexpr std::size_t history_values = 2'000'000;
constexpr std::size_t label_list_values = 400'000;
// For each requested item of a list. Some servers send whole messages instead of ids.
constexpr std::size_t item_values = 1'000;

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

std::optional<std::int64_t> number_at(const json::object& from, std::string_view key) {
  const auto* value = from.if_contains(key);
  if (value == nullptr) return std::nullopt;
  if (const auto* number = value->if_int64()) return *number;
  const auto* string = value->if_string();
  if (string == nullptr) return std::nullopt;
  return number_of(*string);
}

std::int64_t count_at(const json::object& from, std::string_view key) {
  return std::max<std::int64_t>(0, number_at(from, key).value_or(0));
}

std::vector<std::string> texts_at(const json::object& from, std::string_view key) {
  std::vector<std::string> texts;
  for (const auto& one : array_at(from, key)) {
    auto text = text_of(one);
    if (!text.empty()) texts.push_back(std::move(text));
  }
  return texts;
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
  std::array<unsigned char, 16 << 10> first_block;
  json::monotonic_resource arena{first_block.data(), first_block.size()};
  auto document = schema::read_json(text, rules_of_answer(most_values), &arena);
  if (const auto* fault = std::get_if<schema::JsonFault>(&document)) {
    return unreadable(*fault, text.size());
  }
  const auto& value = std::get<json::value>(document);
  if (!value.is_object()) return unreadable(std::nullopt, text.size());
  return make(value.get_object());
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

Result<RawDraft> read_draft(std::string_view text) {
  return read(text, message_values, draft_from);
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
