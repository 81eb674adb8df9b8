#pragma once

// The one way from a connection to its archive: every statement on an archive uses this, so that
// someone else's archive and a missing one look the same.
namespace gmail_mcp::store {

/// The archive as `a`. ?1 connection, ?2 the only user or NULL.
inline constexpr char mine[] =
    " (SELECT a.* FROM archives AS a JOIN connections AS c ON c.id = a.connection_id "
    "JOIN users AS u ON u.id = c.user_id "
    "WHERE a.connection_id = ?1 AND u.external_user_id = coalesce(?2, u.external_user_id)) AS a ";

/// ?1 account, ?2 step: nothing was stored or removed since the archive was read.
inline constexpr char as_seen[] =
    " EXISTS (SELECT 1 FROM archives AS a WHERE a.account = ?1 AND a.step = ?2) ";

}  // namespace gmail_mcp::store
