#pragma once

#include <string>
#include <variant>

namespace gmail_mcp::store {

/// A SQLite database on this machine; with the path ":memory:" it ends with the program.
struct SqliteFile {
  std::string path;
};

/// Where everything is stored: one alternative for each engine. `setup` makes it from the settings,
/// and store/open.h opens it.
using Where = std::variant<SqliteFile>;

}  // namespace gmail_mcp::store
