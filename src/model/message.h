#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/id.h"

namespace gmail_mcp::model {

/// Ids match [A-Za-z0-9_.-]{1,256} and are never "." or "..": they can be put into a path.
using MessageId = Id<struct MessageIdTag>;
using ThreadId = Id<struct ThreadIdTag>;
using DraftId = Id<struct DraftIdTag>;
using LabelId = Id<struct LabelIdTag>;

struct Address {
  std::string name;  // decoded, may be empty
  std::string email;

  bool operator==(const Address&) const = default;
};

struct AttachmentInfo {
  std::string id;  // the Gmail part id ("1", "1.2"): stable, unlike Gmail's attachmentId
  std::string filename;
  std::string mime_type;
  std::int64_t size = 0;        // bytes, decoded
  bool is_inline = false;       // shown within the text
  std::string content_id = {};  // as HTML names it ("cid:…"), without brackets
  bool is_file = true;          // attached by a person: not a logo or a signature

  bool operator==(const AttachmentInfo&) const = default;
};

/// One message as our tools show it. Everything that a sender controls is in here and nowhere else.
struct Message {
  MessageId id;
  ThreadId thread_id;
  std::string subject;
  Address from;
  // Gmail decoded the field, and it now has more than one reading.
  bool from_is_unsure = false, to_is_unsure = false, cc_is_unsure = false;
  bool reply_to_is_unsure = false;
  bool from_name_misleads = false;  // looks like another address than the real one
  std::vector<Address> to, cc, bcc, reply_to;
  Timestamp date;  // Gmail's internalDate, not the sender's claim
  std::string snippet;
  std::string body_plain;
  std::optional<std::string> body_html;
  /// For a letter without a text of its own: one line that says where its text is, and the source
  /// of the bodies above: "smime", "tnef", "message", "calendar", or "" if there is none.
  std::string text_place, text_source;
  std::vector<std::string> labels;  // label ids
  bool has_attachments = false;     // one of them is a file
  std::vector<AttachmentInfo> attachments;

  // For replies; not shown.
  std::string message_id_header;                     // "<…@…>", empty if the sender gave none
  std::vector<std::string> references, in_reply_to;  // as in the headers
};

/// A message that is left out of an answer, and why, as a constant: "deleted_meanwhile";
/// "too_large" to be read; "too_many" others before it; "upstream_error": it was refused, or the
/// answer was unreadable.
struct Omitted {
  MessageId id;
  std::string reason;
};

struct Thread {
  ThreadId id;
  std::vector<Message> messages;  // oldest first
  std::vector<Omitted> omitted;   // nothing is left out without a note
};

struct Attachment {
  std::string filename;
  std::string mime_type;
  std::string content;  // decoded bytes
};

/// The result of a send. Right after SMTP the ids may be unknown (not indexed yet).
struct Sent {
  std::optional<MessageId> message_id;
  std::optional<ThreadId> thread_id;
};

struct Label {
  LabelId id;
  std::string name;
  bool is_system = false;
  std::optional<std::int64_t> messages_total, messages_unread;
  std::optional<Timestamp> counted_at;                 // nullopt: just now
  std::string background_color = {}, text_color = {};  // "#rrggbb"; empty: none or not known
};

/// An address that the account may send from (`from`): its own, and those that its owner has
/// confirmed.
struct SenderAddress {
  std::string email;
  std::string name;      // shown in From; empty: none was set
  std::string reply_to;  // where answers shall go; empty: to the address itself
  bool is_own = false;   // the account's own address
  bool is_confirmed = true;

  bool operator==(const SenderAddress&) const = default;
};

struct Profile {
  std::string email_address;
  std::int64_t messages_total = 0;
  std::int64_t threads_total = 0;
  std::string history_id;  // opaque: emulators overflow 64 bits
};

}  // namespace gmail_mcp::model
