#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/secret.h"

namespace gmail_mcp::setup {

struct DatabaseUrl {
  std::string type;  // "sqlite" or "postgres"
  std::string sqlite_path;
  Secret postgres_url;
  /// What follows the question mark and means nothing here: the names only, because values may be
  /// secret. Of SQLite: all options, as one empty name.
  std::vector<std::string> left_out;
};

/// DATABASE_URL as configurations of gmail-mcp-multiuser have it: sqlite:///relative,
/// sqlite:////absolute, postgresql://…, and SQLAlchemy's `+driver` forms.
Result<DatabaseUrl> parse_database_url(std::string_view text);

/// A PostgreSQL URL as people copy it from elsewhere, made into one that libpq reads: SQLAlchemy's
/// `postgresql+asyncpg://` loses its driver, asyncpg's `ssl=require` becomes `sslmode=require`, and
/// options that libpq has no use for (`pgbouncer=true`, `schema=public`) are left out. `options` is
/// left out, too: poolers refuse it. Fails for anything that is no such URL; the error does not
/// show it.
Result<DatabaseUrl> read_postgres_url(std::string_view text);

}  // namespace gmail_mcp::setup
