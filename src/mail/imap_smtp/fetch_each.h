#pragma once

#include <functional>
#include <optional>

#include "base/error.h"
#include "base/task.h"
#include "imap/client.h"

namespace gmail_mcp::mail {

/// Takes what was fetched of one message; returns whether that is what was requested.
using TakeFetched = std::function<bool(imap::Fetched)>;

/// The part of a set of messages that a server returned.
struct Given {
  imap::UidSet uids;             // those that were taken
  imap::UidSet refused;          // those that were refused on their own; some may not exist
  std::optional<Error> refusal;  // the last NO, if there was one
};

/// Fetches what the server returns. A message that it refuses (NO) does not hold the others up:
/// those that have not come are requested again in halves, down to single ones. Throws failures
/// that are about the account or the connection rather than the messages.
Task<Given> fetch_each(imap::Client& client, imap::UidSet uids, imap::FetchItems items,
                       TakeFetched take);

/// Whether the failure is about the request: the connection is sound, and the account can be used
/// further.
bool is_about_what_was_asked(const imap::Client& client, const Error& error);

}  // namespace gmail_mcp::mail
