#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "sql/database.h"

namespace gmail_mcp::sql::testing {

/// A database that passes everything on to another; tests override what they are about.
class ForwardingDatabase : public Database {
 public:
  explicit ForwardingDatabase(std::unique_ptr<Database> inner) : inner_{std::move(inner)} {}

  Task<Rows> read(Statement statement) override { return inner_->read(std::move(statement)); }
  Task<Rows> write(Statement statement) override { return inner_->write(std::move(statement)); }
  Task<std::vector<Rows>> atomically(std::vector<Statement> statements, Urgency urgency) override {
    return inner_->atomically(std::move(statements), urgency);
  }
  Task<Tables> tables() override { return inner_->tables(); }
  Task<bool> compact(std::optional<std::int64_t> most_bytes) override {
    return inner_->compact(most_bytes);
  }
  void check_place() const override { inner_->check_place(); }

 private:
  std::unique_ptr<Database> inner_;
};

}  // namespace gmail_mcp::sql::testing
