#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "base/secret.h"

namespace gmail_mcp::setup {

struct DatabaseUrl {
  std::string type;  // "sqlite" or "postgres"
  std::string sqlite_path;
  Secret postgres_url;
  bool has_options = false;  // options of SQLAlchemy's driver, which are ignored here
};

/// DATABASE_URL as configurations of gmail-mcp-multiuser have it: sqlite:///relative,
/// sqlite:////absolute, postgresql://…, and SQLAlchemy's `+driver` forms.
Result<DatabaseUrl> parse_database_url(std::string_view text);

}  // namespace gmail_mcp::setup
