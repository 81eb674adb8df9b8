#pragma once

#include "sql/database.h"
#include "store/leases.h"
#include "store/sql/dialect.h"

namespace gmail_mcp::store {

class SqlLeases final : public Leases {
 public:
  SqlLeases(sql::Database& database, const Dialect& dialect)
      : database_{database}, dialect_{dialect} {}

  Task<bool> take(std::string name, std::string holder, std::chrono::seconds duration) override;
  Task<void> release(std::string name, std::string holder) override;
  Task<std::vector<std::string>> take_all(std::vector<std::string> names, std::string holder,
                                          std::chrono::seconds duration) override;
  Task<void> release_all(std::vector<std::string> names, std::string holder) override;
  Task<std::optional<std::string>> holder(std::string name) override;
  Task<void> release_of_ended(std::string prefix,
                              std::function<bool(const std::string&)> has_ended) override;

 private:
  sql::Database& database_;
  const Dialect& dialect_;
};

}  // namespace gmail_mcp::store
