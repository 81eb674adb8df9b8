// SQLite, asked only what is in the list of statements: an engine whose server keeps their texts
// could not be asked anything else.
#pragma once

#include <atomic>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "sql/testing/forwarding_database.h"
#include "store/sql/statements.h"

namespace gmail_mcp::store {

class ListedDatabase final : public sql::testing::ForwardingDatabase {
 public:
  explicit ListedDatabase(std::unique_ptr<sql::Database> inner)
      : ForwardingDatabase{std::move(inner)} {
    for (const auto& one : all_statements(sqlite_dialect())) listed_.emplace(one.text());
  }

  /// From here on. Before that, steps of the schema are carried out.
  void be_strict() { is_strict_ = true; }

  Task<sql::Rows> read(sql::Statement statement) override {
    check(statement);
    return ForwardingDatabase::read(std::move(statement));
  }
  Task<sql::Rows> write(sql::Statement statement) override {
    check(statement);
    return ForwardingDatabase::write(std::move(statement));
  }
  Task<std::vector<sql::Rows>> atomically(std::vector<sql::Statement> statements,
                                          sql::Urgency urgency) override {
    for (const auto& one : statements) check(one);
    return ForwardingDatabase::atomically(std::move(statements), urgency);
  }

 private:
  void check(const sql::Statement& statement) const {
    if (!is_strict_ || listed_.contains(statement.sql.text())) return;
    throw Error{Errc::internal,
                std::string{"Not in the list of statements: "} + statement.sql.text()};
  }

  std::set<std::string> listed_;
  std::atomic<bool> is_strict_ = false;
};

}  // namespace gmail_mcp::store
