#include <utility>

#include "crypto/digest.h"
#include "store/sql/parts.h"

namespace gmail_mcp::store {

namespace {

// The number of places bounds the number of tries also for processes that count at the same moment:
// of two that choose the same place one finds it taken, and chooses again. At random, or all who
// try at once would choose the same.
constexpr sql::Sql take_place{
    "tries.take_place",
    "WITH RECURSIVE places (place) AS (SELECT 0 UNION ALL SELECT place + 1 FROM places "
    "WHERE place + 1 < ?2) "
    "INSERT INTO tries (thing, place, at) SELECT ?1, p.place, ?4 FROM places AS p "
    "WHERE NOT EXISTS (SELECT 1 FROM tries AS t "
    "WHERE t.thing = ?1 AND t.place = p.place AND t.at > ?3) ORDER BY random() LIMIT 1 "
    "ON CONFLICT (thing, place) DO UPDATE SET at = excluded.at WHERE tries.at <= ?3 "
    "RETURNING place"};
constexpr sql::Sql count_recent{"tries.count_recent",
                                "SELECT count(*), min(at) FROM tries WHERE thing = ?1 AND at > ?2"};
constexpr sql::Sql take_back_newest{
    "tries.take_back_newest",
    "DELETE FROM tries WHERE thing = ?1 AND place IN "
    "(SELECT t.place FROM tries AS t WHERE t.thing = ?1 ORDER BY t.at DESC, t.place DESC LIMIT 1)"};
constexpr sql::Sql forgive_all{"tries.forgive_all", "DELETE FROM tries WHERE thing = ?1"};
constexpr sql::Sql purge_tries{"tries.purge_tries", "DELETE FROM tries WHERE at < ?1"};

// So often another process may take the place that was free when we looked.
constexpr int most_overtakings = 40;

class SqlTries final : public Tries {
 public:
  SqlTries(sql::Database& database, const Clock& clock) : database_{database}, clock_{clock} {}

  Task<std::optional<Timestamp>> count(std::string thing, std::int64_t most,
                                       std::chrono::seconds within) override {
    const auto digest = crypto::sha256_hex(thing);
    const auto now = clock_.now();
    for (int i = 0; i < most_overtakings; ++i) {
      const sql::Rows taken = co_await database_.write(take_place, digest, most, now - within, now);
      if (!taken.empty()) co_return std::nullopt;
      const sql::Rows recent = co_await database_.read(count_recent, digest, now - within);
      if (recent[0][0].integer() >= most) co_return recent[0][1].time() + within;
    }
    co_return now + std::chrono::seconds{1};
  }

  Task<void> take_back(std::string thing) override {
    co_await database_.write(take_back_newest, crypto::sha256_hex(thing));
  }
  Task<void> forgive(std::string thing) override {
    co_await database_.write(forgive_all, crypto::sha256_hex(thing));
  }
  Task<void> purge(Timestamp before) override { co_await database_.write(purge_tries, before); }

 private:
  sql::Database& database_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<Tries> sql_tries(sql::Database& database, const Clock& clock) {
  return std::make_unique<SqlTries>(database, clock);
}

std::span<const sql::Sql> statements_of_tries() {
  static constexpr sql::Sql all[] = {take_place, count_recent, take_back_newest, forgive_all,
                                     purge_tries};
  return all;
}

}  // namespace gmail_mcp::store
