#pragma once

#include <cstddef>

#include "imap/uid_set.h"

namespace gmail_mcp::mail {

/// Those of `uids` that are `bound` or more.
imap::UidSet at_or_above(const imap::UidSet& uids, imap::Uid bound);
/// Those of `uids` that are less than `bound`.
imap::UidSet below(const imap::UidSet& uids, imap::Uid bound);
/// Those that are in both.
imap::UidSet both(imap::UidSet some, const imap::UidSet& others);
/// The first `most` of `uids`.
imap::UidSet lowest(const imap::UidSet& uids, std::size_t most);

}  // namespace gmail_mcp::mail
