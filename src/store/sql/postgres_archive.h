#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"
#include "store/archive.h"

namespace gmail_mcp::store {

/// The archive in PostgreSQL: its search is a tsvector for each message (search_words.h), and a
/// function of the schema that reads them. Both outlive it.
std::unique_ptr<Archives> open_postgres_archive(sql::Database& database, const Clock& clock,
                                                std::string origin);

/// Loading::mails.
std::vector<sql::Statement> postgres_mail_insertions(sql::Rows rows);

/// What it asks besides statements_of_archive_…
std::span<const sql::Sql> statements_of_postgres_archive();

}  // namespace gmail_mcp::store
