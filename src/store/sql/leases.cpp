#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "store/sql/parts.h"

namespace gmail_mcp::store {

namespace {

// This many take the writer a few milliseconds.
constexpr std::size_t names_a_transaction = 1000;

constexpr sql::Sql release_lease{"leases.release_lease",
                                 "DELETE FROM leases WHERE name = ?1 AND holder = ?2"};
constexpr sql::Sql find_holder{"leases.find_holder", "SELECT holder FROM leases WHERE name = ?1"};
constexpr sql::Sql list_holders{
    "leases.list_holders",
    "SELECT DISTINCT holder FROM leases WHERE substr(name, 1, length(?1)) = ?1"};
constexpr sql::Sql release_of_holder{
    "leases.release_of_holder",
    "DELETE FROM leases WHERE holder = ?1 AND substr(name, 1, length(?2)) = ?2"};
constexpr sql::Sql count_leases{
    "leases.count_leases",
    "SELECT holder, count(*) FROM leases WHERE substr(name, 1, length(?1)) = ?1 GROUP BY holder"};
constexpr sql::Sql list_leases{
    "leases.list_leases", "SELECT name, holder FROM leases WHERE substr(name, 1, length(?1)) = ?1"};

// The names as JSON arrays, each for one transaction.
std::vector<std::string> in_portions(std::vector<std::string> names) {
  std::vector<std::string> portions;
  for (std::size_t i = 0; i < names.size(); i += names_a_transaction) {
    boost::json::array portion;
    const auto end = std::min(names.size(), i + names_a_transaction);
    for (auto j = i; j < end; ++j) portion.emplace_back(std::move(names[j]));
    portions.push_back(boost::json::serialize(portion));
  }
  return portions;
}

class SqlLeases final : public Leases {
 public:
  SqlLeases(sql::Database& database, const Dialect& dialect)
      : database_{database}, dialect_{dialect} {}

  Task<bool> take(std::string name, std::string holder, std::chrono::seconds duration) override {
    const sql::Rows rows = co_await database_.write(dialect_.take_lease, std::move(name),
                                                    std::move(holder), duration.count());
    co_return !rows.empty();
  }

  Task<void> release(std::string name, std::string holder) override {
    co_await database_.write(release_lease, std::move(name), std::move(holder));
  }

  Task<std::vector<std::string>> take_all(std::vector<std::string> names, std::string holder,
                                          std::chrono::seconds duration) override {
    std::vector<std::string> taken;
    taken.reserve(names.size());
    for (auto& portion : in_portions(std::move(names))) {
      std::vector<sql::Statement> statements;
      statements.emplace_back(dialect_.take_leases, std::move(portion), holder, duration.count());
      auto rows = co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
      for (auto& row : rows.front()) taken.push_back(std::move(row[0]).text());
    }
    co_return taken;
  }

  Task<void> release_all(std::vector<std::string> names, std::string holder) override {
    for (auto& portion : in_portions(std::move(names))) {
      std::vector<sql::Statement> statements;
      statements.emplace_back(dialect_.release_leases, std::move(portion), holder);
      co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
    }
  }

  Task<std::optional<std::string>> holder(std::string name) override {
    sql::Rows rows = co_await database_.read(find_holder, std::move(name));
    if (rows.empty()) co_return std::nullopt;
    co_return std::move(rows[0][0]).text();
  }

  Task<std::vector<std::string>> holders(std::string prefix) override {
    const sql::Rows rows = co_await database_.read(dialect_.lease_holders, std::move(prefix));
    std::vector<std::string> holders;
    holders.reserve(rows.size());
    for (const auto& row : rows) holders.push_back(row[0].text());
    co_return holders;
  }

  Task<std::map<std::string, std::int64_t>> counts(std::string prefix) override {
    const sql::Rows rows = co_await database_.read(count_leases, std::move(prefix));
    std::map<std::string, std::int64_t> counts;
    for (const auto& row : rows) counts.emplace(row[0].text(), row[1].integer());
    co_return counts;
  }

  Task<std::map<std::string, std::string>> held(std::string prefix) override {
    const sql::Rows rows = co_await database_.read(list_leases, std::move(prefix));
    std::map<std::string, std::string> held;
    for (const auto& row : rows) held.emplace(row[0].text(), row[1].text());
    co_return held;
  }

  Task<void> release_of_ended(std::string prefix,
                              std::function<bool(const std::string&)> has_ended) override {
    const sql::Rows rows = co_await database_.read(list_holders, prefix);
    for (const auto& row : rows) {
      const auto& holder = row[0].text();
      if (!has_ended(holder)) continue;
      co_await database_.write(release_of_holder, holder, prefix);
    }
  }

 private:
  sql::Database& database_;
  const Dialect& dialect_;
};

}  // namespace

std::unique_ptr<Leases> sql_leases(sql::Database& database, const Dialect& dialect) {
  return std::make_unique<SqlLeases>(database, dialect);
}

std::span<const sql::Sql> statements_of_leases() {
  static constexpr sql::Sql all[] = {release_lease,     find_holder,  list_holders,
                                     release_of_holder, count_leases, list_leases};
  return all;
}

}  // namespace gmail_mcp::store
