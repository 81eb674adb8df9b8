#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

// Answers of the Gmail API in its own terms; mail/ converts them to our model. Fields that an
// answer leaves out are empty.
namespace gmail_mcp::google {

struct RawBody {
  std::string attachment_id;  // valid for a while only; the next get returns another one
  std::int64_t size = 0;      // bytes, decoded
  std::string data;           // decoded bytes
  bool has_data = false;
};

struct RawPart {
  std::string part_id;  // "" for the root, then "0", "1", "1.0" …
  std::string mime_type;
  std::string filename;
  /// Those that are read: people, subject, date, ids, what a part is, and our own mark of a send.
  std::vector<std::pair<std::string, std::string>> headers;
  RawBody body;
  std::vector<RawPart> parts;
};

struct RawMessage {
  std::string id;
  std::string thread_id;
  std::vector<std::string> label_ids;
  std::string snippet;                        // HTML-escaped
  std::string history_id;                     // opaque: emulators overflow 64 bits
  std::optional<std::int64_t> internal_date;  // ms since 1970
  std::int64_t size_estimate = 0;
  // From, To, Cc, Bcc and Reply-To were read from the message itself, not decoded by Gmail.
  bool people_are_as_sent = false;
  RawPart payload;
  std::string raw;  // decoded RFC 5322 bytes, of format=raw
};

struct MessageRef {
  std::string id;
  std::string thread_id;
};

struct MessageList {
  std::vector<MessageRef> messages;
  std::string next_page_token;
  std::int64_t result_size_estimate = 0;  // Gmail's guess, often far off
};

/// One thing that happened to a message, in the order of history.list.
struct HistoryEvent {
  enum class Kind { added, deleted, labels_added, labels_removed };

  Kind kind = Kind::added;
  std::string message_id;
  std::optional<std::vector<std::string>> labels_now;  // all of them, if Google sends them
  std::vector<std::string> changed_labels;
};

struct HistoryPage {
  std::vector<HistoryEvent> events;
  std::string next_page_token;
  std::string history_id;  // how far this answer reaches; opaque
};

struct RawThread {
  std::string id;
  std::vector<RawMessage> messages;
};

struct RawDraft {
  std::string id;
  MessageRef message;
};

struct DraftList {
  std::vector<RawDraft> drafts;
  std::string next_page_token;
};

struct RawLabel {
  std::string id;
  std::string name;
  bool is_system = false;
  std::optional<std::int64_t> messages_total, messages_unread;  // only from labels.get
  std::string background_color, text_color;                     // "#rrggbb"; both or neither
};

/// The wanted properties of a label, in Gmail's own terms; empty ones stay as they are.
struct RawLabelWish {
  std::string name;
  std::string background_color, text_color;  // Gmail wants both, of its palette
  std::string label_list_visibility;         // labelShow, labelShowIfUnread, labelHide
  std::string message_list_visibility;       // show, hide
};

/// An address that mail is sent from: users.settings.sendAs.
struct RawSendAs {
  std::string email;
  std::string display_name;
  std::string reply_to;
  bool is_primary = false;
  bool is_confirmed = true;  // Google does not say so of the primary address
};

struct RawProfile {
  std::string email_address;
  std::int64_t messages_total = 0;
  std::int64_t threads_total = 0;
  std::string history_id;
};

}  // namespace gmail_mcp::google
