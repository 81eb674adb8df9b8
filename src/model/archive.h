#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "model/message.h"

namespace gmail_mcp::model {

/// Which way a message went, seen from the account it is archived for.
enum class Direction { received, sent };

struct ArchivedMessage {
  Message message;
  Direction direction = Direction::received;
};

/// Whether mail with these labels is among what the archive shows: no draft, no spam, not in the
/// trash.
inline bool is_shown(const std::vector<std::string>& labels) {
  return std::none_of(labels.begin(), labels.end(), [](const std::string& label) {
    return label == "DRAFT" || label == "SPAM" || label == "TRASH";
  });
}

/// A person the account corresponds with, by address.
struct Contact {
  std::string email;  // lower case
  std::string name;   // as in the newest message that gave one; may be empty
  std::int64_t message_count = 0;
  Timestamp first_seen;
  Timestamp last_seen;

  bool operator==(const Contact&) const = default;
};

/// The messages of one thread, in short.
struct Conversation {
  ThreadId thread_id;
  std::string subject;  // of its first message
  std::vector<Address>
      participants;  // without the account, latest first; of the newest hundred messages
  std::int64_t message_count = 0;
  std::int64_t unread_count = 0;
  Timestamp last_message_at;
  std::string snippet;  // of its last message

  bool operator==(const Conversation&) const = default;
};

}  // namespace gmail_mcp::model
