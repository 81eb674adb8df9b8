#include <algorithm>
#include <utility>

#include "crypto/digest.h"
#include "store/sql/parts.h"

namespace gmail_mcp::store {

namespace {

constexpr std::chrono::seconds in_use{60};  // every limit is free again after a minute

constexpr sql::Sql write_spent{
    "spending.write_spent",
    "INSERT INTO spending (name, process, total, recent, at) VALUES (?1, ?2, ?3, ?4, ?5) "
    "ON CONFLICT (name, process) DO UPDATE SET total = excluded.total, recent = excluded.recent, "
    "at = excluded.at"};
constexpr sql::Sql read_spent{
    "spending.read_spent",
    "SELECT process, total, recent FROM spending WHERE name = ?1 AND process <> ?2 AND at > ?3"};
constexpr sql::Sql purge_spent{"spending.purge_spent", "DELETE FROM spending WHERE at < ?1"};

class SqlSpending final : public Spending {
 public:
  SqlSpending(sql::Database& database, const Clock& clock, std::string process)
      : database_{database}, clock_{clock}, process_{std::move(process)} {}

  Task<std::vector<SpentThere>> exchange(std::vector<Spent> ours) override {
    const auto now = clock_.now();
    std::vector<sql::Statement> statements;
    statements.reserve(2 * ours.size());
    for (const auto& one : ours) {
      const auto digest = crypto::sha256_hex(one.name);
      statements.emplace_back(write_spent, digest, process_, one.total, one.recent, now);
      statements.emplace_back(read_spent, digest, process_, now - in_use);
    }
    const auto results = co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
    std::vector<SpentThere> theirs;
    for (std::size_t i = 0; i < ours.size(); ++i) {
      for (const auto& row : results[2 * i + 1]) {
        const Spent spent{
            .name = ours[i].name, .total = row[1].integer(), .recent = row[2].integer()};
        theirs.push_back({.spent = spent, .process = row[0].text()});
      }
    }
    co_return theirs;
  }

  Task<void> purge() override { co_await database_.write(purge_spent, clock_.now() - 2 * in_use); }

 private:
  sql::Database& database_;
  const Clock& clock_;
  std::string process_;
};

}  // namespace

std::unique_ptr<Spending> sql_spending(sql::Database& database, const Clock& clock,
                                       std::string process) {
  return std::make_unique<SqlSpending>(database, clock, std::move(process));
}

std::span<const sql::Sql> statements_of_spending() {
  static constexpr sql::Sql all[] = {write_spent, read_spent, purge_spent};
  return all;
}

}  // namespace gmail_mcp::store
