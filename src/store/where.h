#pragma once

#include <string>
#include <variant>

namespace gmail_mcp::store {

/// A SQLite database on this machine; the path ":memory:" is one that goes with the program.
struct SqliteFile {
  std::string path;
};

/// Where everything is remembered: one row for each engine. `setup` makes it from the settings, and
/// store/open.h knows what is behind it.
using Where = std::variant<SqliteFile>;

}  // namespace gmail_mcp::store
