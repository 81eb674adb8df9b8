#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"
#include "store/archive.h"

namespace gmail_mcp::store {

/// The archive in SQLite: its search is an FTS5 table without content, whose rowids are the keys of
/// the messages (archive_key.h). Both outlive it.
std::unique_ptr<Archives> open_sqlite_archive(sql::Database& database, const Clock& clock,
                                              std::string origin);

/// Loading::mails.
std::vector<sql::Statement> sqlite_mail_insertions(sql::Rows rows);

/// What it asks besides statements_of_archive_…
std::span<const sql::Sql> statements_of_sqlite_archive();

}  // namespace gmail_mcp::store
