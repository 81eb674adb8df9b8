#pragma once

#include <cstdint>

#include "base/task.h"
#include "imap/client.h"
#include "mail/imap_smtp/fetch_each.h"

namespace gmail_mcp::mail {

/// As fetch_each(), messages with their structure and the sections of `items`. A sender can make a
/// structure longer than a response may be, by the name of an attachment or by very many parts, and
/// such a response is passed over: of that message comes the beginning of its source instead
/// (section "", as a rule `of_source` bytes beside what a long header takes) and no structure.
/// message_of() reads either.
Task<Given> fetch_outlined(imap::Client& client, imap::UidSet uids, imap::FetchItems items,
                           std::uint64_t of_source, TakeFetched take);

/// Whether what fetch_outlined() brought instead of a structure is only the beginning.
bool is_cut_source(const imap::Fetched& fetched);

}  // namespace gmail_mcp::mail
