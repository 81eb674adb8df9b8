#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/log.h"
#include "sql/database.h"

namespace gmail_mcp::sql {

struct SqliteOptions {
  std::string path;         // ":memory:" for a database that ends with the object
  std::size_t readers = 2;  // threads; each starts when it is first needed
  /// How long a change waits for another process before it is Errc::unavailable.
  std::chrono::milliseconds busy_timeout{5000};
  /// How long after a change the write-ahead log may still hold what the change erased.
  std::chrono::milliseconds scrub_after{2000};
  /// Only reads, leaves the file as it is, its mode included, and fails when there is none: for
  /// checking a database that may be someone else's. Such a file is read within limits of work and
  /// memory (too_large), and its views are not read.
  bool look_only = false;
  /// Changes (and, in memory, reads) are made on the calling thread instead of a separate one: for
  /// tests in which everything must happen in the same order each time.
  bool in_turn = false;
};

/// Opens the file, creating it (mode 0600) and its folder (0700) if need be. Several processes may
/// have it open. A change is on the disk when its Task continues. Throws Errc::misconfigured, with
/// the path in its hint, when the file is not ours to use.
///
/// Destroy it only when nothing waits for it: a waiting Task is resumed on its own loop, which must
/// still exist.
std::unique_ptr<Database> open_sqlite(SqliteOptions options, Log& log);

/// The database in this file as it is now, whatever is changed later: it only reads. Changes go on
/// beside it, but their log grows until it is destroyed.
Task<std::unique_ptr<Database>> open_sqlite_moment(std::string path);

}  // namespace gmail_mcp::sql
