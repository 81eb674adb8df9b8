#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/task.h"
#include "imap/client.h"
#include "imap/fetched.h"
#include "imap/folder.h"
#include "imap/uid_set.h"
#include "mail/feed.h"
#include "model/message.h"

namespace gmail_mcp::mail {

/// The folder from which messages are read.
struct ReadFrom {
  std::string folder;
  imap::SpecialUse use = imap::SpecialUse::none;
  std::uint32_t uid_validity = 0;
  bool is_gmail = false;
};

/// Our id of a message; empty if it cannot have one.
model::MessageId message_id(const imap::Fetched& message, const ReadFrom& from);

/// The items that are fetched before the messages themselves: ids, labels, date, size.
imap::FetchItems particulars();

/// Fetches the messages with these particulars, in this order, until `most_bytes` have come.
/// Returns the messages, and how many of the list are covered by that (at least one). Messages that
/// the server refuses are covered but do not come. Those over 1 MB come without the contents of
/// attachments. Parsing is done on `pool`, if there is one.
struct Brought {
  std::vector<model::Message> messages;
  std::size_t covered = 0;
  imap::UidSet brought;   // of those covered, the ones that came
  std::size_t bytes = 0;  // as they count against `most_bytes`
};
Task<Brought> bring(imap::Client& client, const std::vector<imap::Fetched>& list, std::size_t begin,
                    std::size_t most, std::size_t most_bytes, ReadFrom from, WorkPool* pool);

}  // namespace gmail_mcp::mail
