#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/secret.h"
#include "sql/database.h"

namespace gmail_mcp::sql {

struct SupabaseOptions {
  std::string url;      // https://<ref>.supabase.co; http only for this machine
  Secret key;           // secret key (sb_secret_…) or service_role key (a JWT)
  std::string ca_file;  // PEM bundle; empty: the system's
  std::string proxy;
  /// How long anybody waits for the project, further attempts included, before it is
  /// `unavailable`. Longer only for what is large to send.
  std::chrono::milliseconds answer_within{3000};
  /// More than a small project has connections to its database: those that wait do so there, and
  /// not for one another's way there and back.
  std::size_t requests_at_once = 64;
};

/// The database of a Supabase project over its REST interface: every call is one request to the
/// function gmail_mcp_run (script.h), which is one transaction. Throws misconfigured when url or
/// key cannot be right; nothing is sent before the first call.
///
/// Only statements with a name can be asked, and only after the project has its script: the schema
/// cannot be changed this way (`misconfigured`, with what to run instead).
///
/// Reads are asked again when the project says 503 or 520, as Supabase's own clients do, and when
/// the connection broke; changes never. A transaction that the server gave up because of others
/// (40001, 40P01) changed nothing and is repeated. Text that is no UUID where one should be is no
/// failure: that one statement has no rows and changes nothing. Values are as open_postgres
/// (sql/postgres) has them, but times are ISO 8601 with an offset and up to six digits of a second.
///
/// Destroy it only when nothing waits for it.
std::unique_ptr<Database> open_supabase(SupabaseOptions options, Log& log);

}  // namespace gmail_mcp::sql
