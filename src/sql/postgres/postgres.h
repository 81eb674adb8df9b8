#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/log.h"
#include "sql/database.h"

namespace gmail_mcp::sql {

struct PostgresOptions {
  /// postgresql://user:password@host:5432/database?sslmode=verify-full&sslrootcert=/file, all that
  /// libpq understands (PostgreSQL, 34.1.1), several hosts and sockets included. Never logged.
  std::string url;
  std::size_t connections = 8;  // at most; each is opened when it is first needed
  /// How long anybody waits for the server, connecting included, before it is `unavailable`. Longer
  /// only while the bytes of a long row keep flowing.
  std::chrono::milliseconds answer_within{3000};
  /// The same for bulk work, such as the steps of a migration.
  std::chrono::milliseconds bulk_within{std::chrono::minutes{10}};
  std::chrono::milliseconds idle_for{std::chrono::minutes{1}};  // then a connection is closed
};

/// A database on a PostgreSQL server (15 and newer), reached directly or through a pooler in
/// transaction mode: there is no state of a session, and no named statement. Connects when it is
/// first asked; throws misconfigured when `url` cannot be read.
///
/// The statements of one call are one transaction without BEGIN and COMMIT (PostgreSQL, 55.2.3,
/// pipelining), at READ COMMITTED. So `SET LOCAL` works, but the server's log would have a warning
/// each time: use `SELECT set_config('name', 'value', true)`. LOCK TABLE and SAVEPOINT are refused.
/// A transaction that the server gave up because of others (40001, 40P01) is repeated.
///
/// A read that was not answered because its connection ended is asked again on another one. A
/// change never is: it is `unavailable`, with the words that it may have been made.
///
/// Parameters are sent as text whose type the server infers, so one that is compared with nothing
/// (`?1 IS NULL`) needs a CAST. Text that is no uuid, for a column of them, is no failure: nothing
/// is found or changed by the call. Results: whole numbers and booleans are integers,
/// floating-point and other numbers real, timestamps ISO 8601 text in UTC with milliseconds, all
/// else text.
///
/// Destroy it only when nothing waits for it.
std::unique_ptr<Database> open_postgres(PostgresOptions options, Log& log);

}  // namespace gmail_mcp::sql
