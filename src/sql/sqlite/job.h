#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <vector>

#include "sql/database.h"
#include "sql/resumption.h"

namespace gmail_mcp::sql::sqlite {

/// The work that a suspended Task waits for; lives in the Task's frame.
struct Job {
  std::span<const Statement> statements;
  bool compacts = false;                   // instead of statements
  std::optional<std::int64_t> most_bytes;  // of a database to compact
  bool is_compact = false;
  std::vector<Rows> results;  // one for each statement, unless there is a failure
  std::exception_ptr failure;
  Resumption resume;

  /// The Task, and the job with it, may be gone before this returns.
  void finish() {
    Resumption resumption = std::move(resume);
    resumption();
  }
};

}  // namespace gmail_mcp::sql::sqlite
