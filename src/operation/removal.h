#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "model/access.h"
#include "model/connection.h"
#include "operation/services.h"

namespace gmail_mcp::operation {

/// Disconnects, revokes, and deletes the connection with everything stored for it, but how much it
/// sent of its day. It is marked first: from then on nobody finds it, and whatever cuts this short,
/// `finish_endings` goes on. With a version: not_found unless the connection is at that one.
Task<model::Disconnected> remove_account(const Services& services, model::Access access,
                                         model::Connection connection,
                                         std::optional<std::int64_t> version);

/// Disconnects: nothing follows the mailbox any more, and what `erasure` says is erased. Marked
/// first, as above. With a version: as above.
Task<model::Disconnected> disconnect_account(const Services& services, model::Access access,
                                             model::Connection connection,
                                             bool revoke_google_access, store::Erasure erasure,
                                             std::optional<std::int64_t> version);

/// What became of a user's accounts.
struct RemovedUser {
  std::size_t accounts = 0;
  std::vector<std::string> not_revoked;  // a sentence for each whose consent Google still holds
};

/// Removes all accounts of the user, one after the other as above, then everything else that is
/// known of him; what he did stays in the audit without his name. Cut short, it is called again.
/// Throws not_found, and conflict when an account is connected meanwhile.
Task<RemovedUser> remove_user(const Services& services, model::ExternalUserId user);

/// After a connecting: what was archived while the connection was of another kind, whose rules are
/// others, is erased, and its mailbox followed only as those of its kind are. A failure is logged,
/// and left to `finish_endings`.
Task<void> settle_archive(const Services& services, model::Connection connection);

/// So long after Google refused a credential the person may connect again before what is kept of
/// the mailbox is erased.
inline constexpr std::chrono::days grace_of_lost_connections{7};

/// Finishes the removals, revocations and erasures that were cut, by the end of a process or by a
/// failure, and begins those of connections that were lost for the time of grace. It may meet one
/// that is under way: each step may be taken twice. A failure is logged, and left to the next time.
Task<void> finish_endings(const Services& services);

}  // namespace gmail_mcp::operation
