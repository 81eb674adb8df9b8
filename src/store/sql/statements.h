#pragma once

#include <vector>

#include "sql/database.h"
#include "store/sql/dialect.h"

namespace gmail_mcp::store {

/// Every statement that a store of this dialect asks, migrations apart: each has a name, and no
/// name stands for two of them. What an engine keeps at its server is made of this list.
std::vector<sql::Sql> all_statements(const Dialect& dialect);

}  // namespace gmail_mcp::store
