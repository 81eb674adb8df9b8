#pragma once

#include <functional>
#include <optional>

#include "base/error.h"
#include "base/task.h"
#include "imap/client.h"

namespace gmail_mcp::mail {

/// Takes what was fetched of one message: whether that is what was asked for.
using TakeFetched = std::function<bool(imap::Fetched)>;

/// What a server gave of a set of messages.
struct Given {
  imap::UidSet uids;             // those that were taken
  imap::UidSet refused;          // those that were refused by themselves; some may not exist
  std::optional<Error> refusal;  // the last NO, if there was one
};

/// Fetches what the server gives. One message that it refuses (NO) does not keep the others back:
/// what has not come is asked for again in halves, down to the one. Throws what is about the
/// account or the connection rather than the messages.
Task<Given> fetch_each(imap::Client& client, imap::UidSet uids, imap::FetchItems items,
                       TakeFetched take);

/// Whether this is about what was asked for: the connection is sound, and the account may go on.
bool is_about_what_was_asked(const imap::Client& client, const Error& error);

}  // namespace gmail_mcp::mail
