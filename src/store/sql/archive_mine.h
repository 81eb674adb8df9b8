#pragma once

#include "sql/database.h"

// The one way from a connection to its archive: every statement on an archive goes through here,
// so that somebody else's archive and a missing one are the same.
namespace gmail_mcp::store {

/// ?1 connection, ?2 the only user or NULL.
inline constexpr char mine[] =
    " (SELECT a.* FROM archives AS a JOIN connections AS c ON c.id = a.connection_id "
    "JOIN users AS u ON u.id = c.user_id "
    "WHERE a.connection_id = ?1 AND u.external_user_id = coalesce(?2, u.external_user_id)) ";

/// The last statements of everything that changes messages in SQLite: what triggers left to tell
/// the index of words. Of a cascade it is told later, by whoever comes next; until then its words
/// find keys that no message has.
inline constexpr sql::Sql tell_index =
    "INSERT INTO archive_index (archive_index, rowid, subject, body) "
    "SELECT command, key, subject, body FROM archive_index_changes ORDER BY id LIMIT 2000";
inline constexpr sql::Sql forget_told =
    "DELETE FROM archive_index_changes WHERE id IN "
    "(SELECT id FROM archive_index_changes ORDER BY id LIMIT 2000)";

}  // namespace gmail_mcp::store
