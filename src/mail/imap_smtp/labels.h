#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "imap/fetched.h"
#include "imap/folder.h"

namespace gmail_mcp::mail {

/// Converts Gmail's labels to and from their form in IMAP. System labels have the ids of the REST
/// API ("INBOX", "UNREAD"); the id of a user's label is its name, because IMAP has no other.

/// The label ids of a message found in a folder used for `place` whose own name is `folder`. With
/// X-GM-LABELS these are complete when `place` is All Mail, Spam or Trash; on other servers the
/// folder itself is the only label, a user's folder by its name. Sorted: system labels in a fixed
/// order, then the user's by name.
std::vector<std::string> label_ids(const imap::Fetched& message, imap::SpecialUse place,
                                   std::string_view folder);

/// How a label is changed. A system label may be a flag (UNREAD, STARRED) or a place (SPAM, TRASH).
struct LabelAction {
  enum class Kind {
    gmail_label,  // X-GM-LABELS: `name`
    flag,         // FLAGS: `name`
    place,        // the message moves to the folder used for `place`
    fixed,        // cannot be changed (SENT, DRAFT, CHAT, CATEGORY_* over IMAP)
  };
  Kind kind = Kind::gmail_label;
  std::string name;
  bool is_inverse = false;  // UNREAD is the absence of \Seen
  imap::SpecialUse place = imap::SpecialUse::none;
};
LabelAction label_action(std::string_view label_id);

/// The label id of a folder in the list of labels: "INBOX", "SPAM", …, or its name; nullopt for a
/// folder that is not a label (All Mail, a folder that cannot be opened).
std::optional<std::string> label_of_folder(const imap::Folder& folder);

/// Gmail's hexadecimal id of X-GM-MSGID or X-GM-THRID, as its REST API writes it, and back.
std::string gmail_id(std::uint64_t number);
std::optional<std::uint64_t> gmail_number(std::string_view id);

/// The id of a message on a server without X-GM-EXT-1: `i-` and base64url of the folder, its
/// UIDVALIDITY and the UID. nullopt when the folder's name is too long to be part of an id.
struct PlainId {
  std::string folder;
  std::uint32_t uid_validity = 0;
  imap::Uid uid = 0;
  bool operator==(const PlainId&) const = default;
};
std::optional<std::string> plain_id(const PlainId& place);
std::optional<PlainId> parse_plain_id(std::string_view id);

}  // namespace gmail_mcp::mail
