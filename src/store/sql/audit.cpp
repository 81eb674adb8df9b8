#include <algorithm>
#include <array>

#include "sql/compose.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;

constexpr char insert_rows[] =
    "INSERT INTO audit (at, request_id, caller, user_id, connection_id, operation, outcome, "
    "duration_ms, asked_for) VALUES ";
constexpr std::size_t columns = 9;
constexpr std::size_t rows_at_once = 16;

// "(?1, ?2, …), (?9, …), …" after the head.
template <std::size_t Rows>
consteval auto insertion_of() {
  std::array<char, sizeof insert_rows + Rows * columns * 6> text{};
  std::size_t size = 0;
  for (std::size_t i = 0; i + 1 < sizeof insert_rows; ++i) text[size++] = insert_rows[i];
  for (std::size_t number = 1; number <= Rows * columns; ++number) {
    const bool first = number % columns == 1;
    if (number > 1) text[size++] = ',';
    if (first) text[size++] = '(';
    text[size++] = '?';
    for (std::size_t scale = 100; scale > 0; scale /= 10) {
      if (number >= scale) text[size++] = static_cast<char>('0' + number / scale % 10);
    }
    if (number % columns == 0) text[size++] = ')';
  }
  return text;
}
constexpr auto text_of_one = insertion_of<1>();
constexpr auto text_of_many = insertion_of<rows_at_once>();
constexpr Sql insert_one{"audit.insert_one", text_of_one.data()};
constexpr Sql insert_many{"audit.insert_many", text_of_many.data()};

constexpr char audit_columns[] =
    "at, request_id, caller, user_id, connection_id, operation, outcome, duration_ms, "
    "asked_for";
constexpr auto newest =
    named("audit.newest", "SELECT ", audit_columns, " FROM audit ORDER BY id DESC LIMIT ?1");
constexpr auto newest_of_user = named("audit.newest_of_user", "SELECT ", audit_columns,
                                      " FROM audit WHERE user_id = ?1 ORDER BY id DESC LIMIT ?2");

// Rows are in the order of time, so the oldest are at the beginning. Few at a time, because other
// changes have to wait.
constexpr Sql purge_oldest{
    "audit.purge_oldest",
    "DELETE FROM audit WHERE id < (SELECT min(id) FROM audit) + 2000 AND at < ?1 RETURNING id"};

constexpr Sql ends_of_audit{"audit.ends_of_audit",
                            "SELECT coalesce(min(id), 1), coalesce(max(id), 0) FROM audit"};
constexpr std::int64_t rows_looked_at = 10'000;
// A caller who is limited to a user is kind:credential:user (model::Caller::identity). A user's
// name may have colons, too, and be the name of a credential.
constexpr char is_named[] =
    " CASE WHEN substr(caller, length(caller) - length(?3)) = ':' || ?3 THEN "
    "length(replace(substr(caller, 1, length(caller) - length(?3) - 1), ':', '')) = "
    "length(caller) - length(?3) - 2 ELSE FALSE END ";
constexpr auto forget_name =
    named("audit.forget_name",
          "UPDATE audit SET user_id = CASE WHEN user_id = ?3 THEN '' ELSE user_id END, "
          "asked_for = CASE WHEN asked_for = ?3 THEN '' ELSE asked_for END, "
          "caller = CASE WHEN",
          is_named,
          "THEN substr(caller, 1, length(caller) - length(?3) - 1) ELSE caller END "
          "WHERE id >= ?1 AND id < ?2 AND (user_id = ?3 OR asked_for = ?3 OR",
          is_named, ") AND ?3 = coalesce(?4, ?3)");

void append(Statement& statement, const AuditEntry& entry) {
  auto& values = statement.parameters;
  values.emplace_back(entry.at);
  values.emplace_back(entry.request_id);
  values.emplace_back(entry.caller);
  values.emplace_back(entry.user_id);
  values.emplace_back(entry.connection_id);
  values.emplace_back(entry.operation);
  values.emplace_back(entry.outcome);
  values.emplace_back(entry.duration_ms);
  values.emplace_back(entry.asked_for);
}

AuditEntry entry_from(const sql::Row& row) {
  return {.at = row[0].time(),
          .request_id = row[1].text(),
          .caller = row[2].text(),
          .user_id = row[3].text(),
          .connection_id = row[4].text(),
          .operation = row[5].text(),
          .outcome = row[6].text(),
          .duration_ms = row[7].integer(),
          .asked_for = row[8].text()};
}

class SqlAudit final : public Audit {
 public:
  SqlAudit(sql::Database& database, WriteBehind& write_behind)
      : database_{database}, write_behind_{write_behind} {}

  void record(AuditEntry entry) override { write_behind_.record(std::move(entry)); }

  Task<void> room() override { return write_behind_.room(); }

  Task<std::vector<AuditEntry>> recent(const model::Access& access, std::int64_t limit) override {
    const auto at_most = std::max(limit, std::int64_t{0});
    Statement statement{newest, at_most};
    if (access.only_user()) {
      statement = Statement{newest_of_user, access.only_user(), at_most};
    }
    const sql::Rows rows = co_await database_.read(std::move(statement));
    co_return all_from(rows, entry_from);
  }

  Task<void> forget_user(const model::Access& access, model::ExternalUserId user) override {
    co_await write_behind_.flush();
    const sql::Rows ends = co_await database_.read(ends_of_audit);
    const auto last = ends[0][1].integer();
    for (auto from = ends[0][0].integer(); from <= last; from += rows_looked_at) {
      std::vector<Statement> statements;
      statements.emplace_back(forget_name, from, from + rows_looked_at, user, access.only_user());
      co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
    }
  }

  Task<std::int64_t> purge(Timestamp before) override {
    std::int64_t purged = 0;
    for (bool more = true; more;) {
      std::vector<Statement> statements;
      statements.emplace_back(purge_oldest, before);
      const auto results = co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
      more = !results[0].empty();
      purged += static_cast<std::int64_t>(results[0].size());
    }
    co_return purged;
  }

 private:
  sql::Database& database_;
  WriteBehind& write_behind_;
};

}  // namespace

std::vector<Statement> audit_statements(const std::deque<AuditEntry>& entries, std::size_t count) {
  std::vector<Statement> statements;
  statements.reserve(count / rows_at_once + rows_at_once);
  for (std::size_t i = 0; i < count;) {
    const bool many = count - i >= rows_at_once;
    const std::size_t rows = many ? rows_at_once : 1;
    auto& statement = statements.emplace_back(insert_one);
    if (many) statement.sql = insert_many;
    statement.parameters.reserve(rows * columns);
    for (const auto end = i + rows; i < end; ++i) append(statement, entries[i]);
  }
  return statements;
}

std::unique_ptr<Audit> sql_audit(sql::Database& database, WriteBehind& write_behind) {
  return std::make_unique<SqlAudit>(database, write_behind);
}

std::span<const sql::Sql> statements_of_audit() {
  static constexpr sql::Sql all[] = {insert_one,   insert_many,   newest,     newest_of_user,
                                     purge_oldest, ends_of_audit, forget_name};
  return all;
}

}  // namespace gmail_mcp::store
