#pragma once

#include <span>
#include <string>

#include "base/clock.h"
#include "sql/database.h"
#include "sql/migrate.h"
#include "store/sql/dialect.h"

// What a person who looks after a PostgreSQL server or a Supabase project wants to know or to run.
namespace gmail_mcp::store {

/// One script that brings a database from any state to the present one: from nothing, from what the
/// set-up guide prints, from any step. It is one transaction, may be repeated, and waits for
/// another that runs.
std::string script_for_any_state(std::span<const sql::Migration> migrations);

/// The version and the encoding of the server, how it folds letters, its clock, and who may read
/// the tables that `migrations` make and call our functions.
Task<ServerState> examine_postgres(sql::Database& database, const Clock& clock,
                                   std::span<const sql::Migration> migrations);

/// What `examine_postgres` asks.
std::span<const sql::Sql> statements_of_postgres_server();

}  // namespace gmail_mcp::store
