#pragma once

#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"
#include "store/sql/dialect.h"
#include "store/sql/memory.h"
#include "store/sql/sql_store.h"
#include "store/sql/write_behind.h"
#include "store/store.h"

// The parts of SqlStore, one file each. What they are given outlives them.
namespace gmail_mcp::store {

std::unique_ptr<Users> sql_users(sql::Database& database, const Clock& clock,
                                 const Dialect& dialect, Memory& memory);
std::unique_ptr<Flows> sql_flows(sql::Database& database, const Clock& clock,
                                 const Dialect& dialect);
std::unique_ptr<Leases> sql_leases(sql::Database& database, const Dialect& dialect);
/// `origin`: distinguishes the news of this store.
std::unique_ptr<News> sql_news(sql::Database& database, const Dialect& dialect, std::string origin);
std::unique_ptr<ClientGrants> sql_client_grants(sql::Database& database, const Dialect& dialect);
std::unique_ptr<Tries> sql_tries(sql::Database& database, const Clock& clock);
std::unique_ptr<UserTokens> sql_user_tokens(sql::Database& database, const Clock& clock,
                                            const Dialect& dialect, WriteBehind& write_behind);
std::unique_ptr<Spending> sql_spending(sql::Database& database, const Clock& clock,
                                       std::string process);
/// `origin`: as of news.
std::unique_ptr<McpSessions> sql_mcp_sessions(sql::Database& database, const Clock& clock,
                                              std::string origin);
std::unique_ptr<Sends> sql_sends(sql::Database& database, const Clock& clock,
                                 const Dialect& dialect);
std::unique_ptr<HeldSends> sql_held_sends(sql::Database& database, const Clock& clock,
                                          const Dialect& dialect);
std::unique_ptr<Audit> sql_audit(sql::Database& database, WriteBehind& write_behind);
std::unique_ptr<Connections> sql_connections(sql::Database& database, const Clock& clock,
                                             const Dialect& dialect, WriteBehind& write_behind,
                                             Memory& memory);

std::unique_ptr<Dump> sql_dump(sql::Database& database, const Dialect& dialect,
                               OpenMoment open_moment);

// What each of them asks: every statement of its file.
std::span<const sql::Sql> statements_of_store();
std::span<const sql::Sql> statements_of_users();
std::span<const sql::Sql> statements_of_connections();
std::span<const sql::Sql> statements_of_sealed_connections();
std::span<const sql::Sql> statements_of_flows();
std::span<const sql::Sql> statements_of_sends();
std::span<const sql::Sql> statements_of_held_sends();
std::span<const sql::Sql> statements_of_leases();
std::span<const sql::Sql> statements_of_news();
std::span<const sql::Sql> statements_of_spending();
std::span<const sql::Sql> statements_of_mcp_sessions();
std::span<const sql::Sql> statements_of_tries();
std::span<const sql::Sql> statements_of_client_grants();
std::span<const sql::Sql> statements_of_user_tokens();
std::span<const sql::Sql> statements_of_audit();
std::span<const sql::Sql> statements_of_dump();
std::span<const sql::Sql> statements_of_write_behind();

/// ?1: its id. Whoever changes the connection or sends from it waits until this transaction is
/// over.
inline constexpr sql::Sql lock_connection{"store.lock_connection",
                                          "SELECT id FROM connections WHERE id = ?1 FOR UPDATE"};

/// The statements that insert the first `count` of the entries, a few rows each.
std::vector<sql::Statement> audit_statements(const std::deque<AuditEntry>& entries,
                                             std::size_t count);

}  // namespace gmail_mcp::store
