// The engine of docs/howto-storage.md: as small as an engine can be. It gives its statements to
// SQLite in memory and keeps a list of the changes, as a real one would speak to its server.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sql/database.h"

namespace gmail_mcp::store {

class ToyDatabase final : public sql::Database {
 public:
  explicit ToyDatabase(std::unique_ptr<sql::Database> server) : server_{std::move(server)} {}

  Task<sql::Rows> read(sql::Statement statement) override {
    return server_->read(std::move(statement));
  }

  Task<sql::Rows> write(sql::Statement statement) override {
    std::vector<sql::Statement> only;
    only.push_back(std::move(statement));
    auto results = co_await atomically(std::move(only), sql::Urgency::interactive);
    co_return std::move(results.front());
  }

  Task<std::vector<sql::Rows>> atomically(std::vector<sql::Statement> statements,
                                          sql::Urgency urgency) override {
    std::vector<std::string> texts;
    for (const auto& statement : statements) texts.emplace_back(statement.sql.text());
    auto results = co_await server_->atomically(std::move(statements), urgency);
    // The contract also asks from several threads at once.
    const std::lock_guard lock{mutex_};
    for (auto& text : texts) changes_.push_back(std::move(text));
    co_return results;
  }

  Task<sql::Tables> tables() override { return server_->tables(); }

  /// The texts of all changes that were made, in their order.
  const std::vector<std::string>& changes() const { return changes_; }

 private:
  std::unique_ptr<sql::Database> server_;
  std::mutex mutex_;
  std::vector<std::string> changes_;
};

}  // namespace gmail_mcp::store
