#pragma once

#include <span>
#include <string>

#include "sql/database.h"

namespace gmail_mcp::sql {

/// The function that answers our requests, and what it reads.
inline constexpr char supabase_function[] = "gmail_mcp_run";
/// The SQLSTATE with which it refuses a statement that it does not know.
inline constexpr char unknown_statement_code[] = "GM001";

/// The SQL for a Supabase project, to be run there after the schema's steps, again after each
/// upgrade, and as often as one likes: it makes the table gmail_mcp_statements, adds `statements`
/// to it, and makes the function. Only service_role may do anything with them; it is also given
/// what it needs of `tables`. Statements of other versions stay, so that those can go on running.
///
///   gmail_mcp_run(calls json, careful boolean default false) returns json
///
/// calls: [{"name", "digest": 16 hexadecimal digits, "parameters": [text or null, …]}, …].
/// Runs them in order, in one transaction. The answer has an array of rows for each, in order;
/// columns as KeptStatement says, times as ISO 8601 in UTC. Parameters become literals without a
/// type, so that the server finds their types as it does for a client's. careful: a statement with
/// text that is no UUID where one should be (22P02) has no row and changes nothing, instead of
/// failing them all; it costs a savepoint for each.
std::string supabase_script(std::span<const Sql> statements, std::span<const std::string> tables);

}  // namespace gmail_mcp::sql
