#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "base/secret.h"

namespace gmail_mcp::store {

/// A SQLite database on this machine; with the path ":memory:" it ends with the program.
struct SqliteFile {
  std::string path;
};

/// A database of a PostgreSQL server.
struct PostgresServer {
  Secret url;  // postgresql://user:password@host:port/name?sslmode=…, as libpq reads it (§34.1.1.2)
  std::int64_t connections = 8;  // to the server, at most
};

/// The database of a Supabase project, over its REST interface.
struct SupabaseProject {
  std::string url;  // https://<ref>.supabase.co, without the /rest/v1
  Secret key;       // service role key (a JWT) or secret key (sb_secret_…)
};

/// Where everything is stored: one alternative for each engine. `setup` makes it from the settings,
/// and store/open.h opens it.
using Where = std::variant<SqliteFile, PostgresServer, SupabaseProject>;

/// The file of this machine that everything is kept in, beside which small files of ours may lie;
/// nullopt if there is none: in memory, or on a server.
inline std::optional<std::string> local_file(const Where& where) {
  const auto* file = std::get_if<SqliteFile>(&where);
  if (file == nullptr || file->path.empty() || file->path == ":memory:") return std::nullopt;
  return file->path;
}

}  // namespace gmail_mcp::store
