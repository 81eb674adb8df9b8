#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/task.h"
#include "model/connection.h"
#include "sql/database.h"
#include "store/connections.h"

namespace gmail_mcp::store {

/// An account as another program's database holds it. Nothing of it has been judged.
struct ForeignAccount {
  std::string id;
  std::string user;
  std::string address;
  model::ConnectionKind kind = model::ConnectionKind::oauth;
  std::vector<std::string> scopes;  // those that were asked for
  std::string display_name;
  Ciphertexts ciphertexts;
  std::optional<Timestamp> token_expires_at;
  bool is_active = true;
};

/// The accounts in a database of gmail-multi-user-mcp (`users`, `gmail_connections`) or of
/// gmail-mcp-multiuser (`gmail_accounts`, whose columns are found by what they are called). Throws
/// misconfigured for any other. Changes nothing; the oldest first.
Task<std::vector<ForeignAccount>> read_foreign_accounts(sql::Database& database);

}  // namespace gmail_mcp::store
