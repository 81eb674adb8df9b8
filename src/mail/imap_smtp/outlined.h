#pragma once

#include <cstdint>

#include "base/task.h"
#include "imap/client.h"
#include "mail/imap_smtp/fetch_each.h"

namespace gmail_mcp::mail {

/// Like fetch_each(), for messages with their structure and the sections of `items`. A sender can
/// make a structure longer than a response may be, by the name of an attachment or by very many
/// parts; such a response is skipped. For that message the beginning of its source comes instead
/// (section "", usually `of_source` bytes besides a long header), and no structure. message_of()
/// reads either.
Task<Given> fetch_outlined(imap::Client& client, imap::UidSet uids, imap::FetchItems items,
                           std::uint64_t of_source, TakeFetched take);

/// Whether the source that fetch_outlined() brought instead of a structure is only the beginning.
bool is_cut_source(const imap::Fetched& fetched);

}  // namespace gmail_mcp::mail
