#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/task.h"
#include "model/user.h"
#include "sql/database.h"
#include "store/connections.h"

// The ciphertexts of connections, in portions: for a change of keys. Part of Connections.
namespace gmail_mcp::store {

/// `only`: the user whose connections count; nullopt: everybody's. The database outlives the calls.
Task<std::vector<Ciphertexts>> sealed_connections(sql::Database& database,
                                                  std::optional<model::ExternalUserId> only,
                                                  std::int64_t limit);
Task<std::vector<SealedConnection>> sealed_connections_after(
    sql::Database& database, std::optional<model::ExternalUserId> only,
    std::optional<model::ConnectionId> after, std::int64_t limit);
/// Returns how many were replaced: those that are as they were seen.
Task<std::int64_t> reseal_connections(sql::Database& database,
                                      std::optional<model::ExternalUserId> only,
                                      std::vector<Resealed> all);

}  // namespace gmail_mcp::store
