#pragma once

#include <vector>

#include "base/error.h"
#include "sql/database.h"

namespace gmail_mcp::sql {

/// A database as it was at one moment, of which an engine gives `read`: nothing else is possible.
class Moment : public Database {
 public:
  Task<Rows> write(Statement) final { throw only_reads(); }
  Task<std::vector<Rows>> atomically(std::vector<Statement>, Urgency) final { throw only_reads(); }
  Task<Tables> tables() final { throw only_reads(); }

 private:
  static Error only_reads() {
    return Error{Errc::internal, "A past moment of a database can only be read."};
  }
};

}  // namespace gmail_mcp::sql
