#pragma once

#include <vector>

#include "base/task.h"
#include "sql/database.h"
#include "store/foreign_account.h"

namespace gmail_mcp::store {

/// store::read_foreign_accounts for an open database.
Task<std::vector<ForeignAccount>> foreign_accounts_in(sql::Database& database);

}  // namespace gmail_mcp::store
