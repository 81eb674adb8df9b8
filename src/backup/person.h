#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/task.h"
#include "store/store.h"

namespace gmail_mcp::backup {

/// Gives what is kept of one user, as lines of JSON: each an object with `table` and the columns of
/// a row of it (store/dump.h), JSON columns as JSON. The user, their connections, what was sent,
/// what was done for them, their archives and messages; no secret. Returns the number of lines.
/// Throws not_found when there is no such user.
Task<std::int64_t> export_person(store::Store& store, std::string external_user_id,
                                 std::function<void(const std::string& line)> put);

}  // namespace gmail_mcp::backup
