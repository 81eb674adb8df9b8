#include <array>

#include "base/caught.h"
#include "base/error.h"
#include "sql/compose.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;

constexpr std::chrono::hours key_lifetime{24};
constexpr std::chrono::milliseconds patience{500};  // then whoever waits has waited long enough

constexpr char send_columns[] =
    "id, user_id, connection_id, tool, idempotency_key, fingerprint, rfc822_message_id, status, "
    "result_json, delivered, process_id, created_at, updated_at";

constexpr char sent_by_owner[] =
    " AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = sends.user_id "
    "AND u.external_user_id = coalesce(?2, u.external_user_id)) ";

// An expired key is removed from its row, so that the UNIQUE constraint, which decides races,
// admits the next one.
constexpr auto free_key = named(
    "sends.free_key", "UPDATE sends SET idempotency_key = NULL WHERE user_id = ?1", sent_by_owner,
    "AND connection_id = ?3 AND tool = ?4 AND idempotency_key = ?5 AND created_at <= ?6");
constexpr char of_live_connection[] =
    ") SELECT ?1, c.user_id, c.id, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12 "
    "FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE c.id = ?3 AND c.user_id = ?2 AND c.status NOT IN ('disconnected', 'removing') "
    "AND c.erasing IN ('', 'archive') AND u.external_user_id = coalesce(?13, u.external_user_id) ";
constexpr char unless_key_is_used[] =
    "ON CONFLICT (user_id, connection_id, tool, idempotency_key) DO NOTHING RETURNING ";
constexpr auto insert_send = named("sends.insert_send", "INSERT INTO sends (", send_columns,
                                   of_live_connection, unless_key_is_used, send_columns);
// Where a connection may be ended at the same time: either that waits, or nothing is sent.
constexpr auto insert_send_locking =
    named("sends.insert_send_locking", "INSERT INTO sends (", send_columns, of_live_connection,
          "FOR SHARE OF c ", unless_key_is_used, send_columns);
// Without a key no row can be in the way.
constexpr auto insert_lone =
    named("sends.insert_lone", "INSERT INTO sends (", send_columns, of_live_connection);
constexpr auto insert_lone_locking =
    named("sends.insert_lone_locking", "INSERT INTO sends (", send_columns, of_live_connection,
          "FOR SHARE OF c RETURNING id");
constexpr auto withdraw_send = named("sends.withdraw_send", "DELETE FROM sends WHERE id = ?1",
                                     sent_by_owner, "AND status = 'pending'");
constexpr auto find_key =
    named("sends.find_key", "SELECT ", send_columns, " FROM sends WHERE user_id = ?1",
          sent_by_owner, "AND connection_id = ?3 AND tool = ?4 AND idempotency_key = ?5");

constexpr auto finish_send = named(
    "sends.finish_send",
    "UPDATE sends SET status = ?3, result_json = ?4, updated_at = ?5 WHERE id = ?1", sent_by_owner);
constexpr auto adopt_send = named(
    "sends.adopt_send",
    "UPDATE sends SET process_id = ?3, updated_at = ?4, status = 'pending' WHERE id = ?1",
    sent_by_owner,
    "AND status = ?7 AND status IN ('pending', 'failed') AND process_id = ?5 AND updated_at = ?6 "
    "RETURNING id");
constexpr auto find_send =
    named("sends.find_send", "SELECT ", send_columns, " FROM sends WHERE id = ?1", sent_by_owner);
constexpr auto find_lost =
    named("sends.find_lost", "SELECT ", send_columns, " FROM sends WHERE connection_id = ?1",
          sent_by_owner,
          "AND tool = ?3 AND fingerprint = ?4 AND created_at >= ?5 "
          "AND idempotency_key IS NULL AND status = 'sent' AND delivered = FALSE "
          "ORDER BY created_at DESC LIMIT 1");
constexpr auto mark_lost =
    named("sends.mark_lost", "UPDATE sends SET delivered = FALSE, updated_at = ?3 WHERE id = ?1",
          sent_by_owner);
constexpr auto count_sends =
    named("sends.count_sends", "SELECT count(*) FROM sends WHERE connection_id = ?1", sent_by_owner,
          "AND created_at >= ?3 AND status <> 'failed'");
constexpr Sql count_spent_sends{"sends.count_spent_sends",
                                "SELECT CAST(coalesce(sum(sends), 0) AS BIGINT) FROM spent_sends "
                                "WHERE account = ?1 AND hour >= ?2"};
constexpr auto forget_sends =
    named("sends.forget_sends", "DELETE FROM sends WHERE connection_id = ?1", sent_by_owner);
constexpr Sql forget_spent_of{"sends.forget_spent_of",
                              "DELETE FROM spent_sends WHERE account = ?1"};
constexpr Sql forget_spent_sends{"sends.forget_spent_sends",
                                 "DELETE FROM spent_sends WHERE hour < ?1"};
constexpr auto erase_sends =
    named("sends.erase_sends", "DELETE FROM sends WHERE connection_id = ?1", sent_by_owner,
          "AND EXISTS (SELECT 1 FROM connections AS c WHERE c.id = ?1 "
          "AND c.erasing IN ('sends', 'everything'))");
constexpr auto purge_sends = named("sends.purge_sends", "DELETE FROM sends WHERE created_at < ?1",
                                   sent_by_owner, "RETURNING id");

// In the order of the enumerators.
constexpr std::array<std::string_view, 4> status_names = {"pending", "sent", "failed", "unknown"};

std::string_view name_of(SendStatus status) {
  return status_names[static_cast<std::size_t>(status)];
}

SendStatus status_of(std::string_view name) {
  for (std::size_t i = 0; i < status_names.size(); ++i) {
    if (status_names[i] == name) return static_cast<SendStatus>(i);
  }
  throw Error{Errc::internal, "The database holds a word that is not known."};
}

SendRecord send_from(const sql::Row& row) {
  return {.id = row[0].text(),
          .user_id = model::UserId{row[1].text()},
          .connection_id = model::ConnectionId{row[2].text()},
          .tool = row[3].text(),
          .idempotency_key = row[4].is_null() ? std::string{} : row[4].text(),
          .fingerprint = row[5].text(),
          .rfc822_message_id = row[6].text(),
          .status = status_of(row[7].text()),
          .result_json = row[8].text(),
          .delivered = row[9].boolean(),
          .process_id = row[10].text(),
          .created_at = row[11].time(),
          .updated_at = row[12].time()};
}

class SqlSends final : public Sends {
 public:
  SqlSends(sql::Database& database, const Clock& clock, const Dialect& dialect)
      : database_{database}, clock_{clock}, dialect_{dialect} {}

  Task<Sends::Begun> begin(const model::Access& access, SendRecord record,
                           Timestamp repeats_since) override {
    const auto asked_at = clock_.steady_now();
    auto begun = co_await caught(try_to_begin(access, record, repeats_since));
    if (begun) co_return std::move(begun).value();
    const bool may_ask_again = clock_.steady_now() - asked_at < patience;
    if (begun.error().code != Errc::unavailable || !may_ask_again) throw std::move(begun).error();
    // The answer of a server may be lost after it made the row. Nothing has been sent, so the row
    // is the caller's as it is; left alone it would look like a send of which nobody knows the end.
    auto made = co_await find(access, record.id);
    if (made) {
      Begun mine{.created = true, .record = *std::move(made)};
      co_return mine;
    }
    co_return co_await try_to_begin(access, std::move(record), repeats_since);
  }

  Task<void> finish(const model::Access& access, std::string id, SendStatus status,
                    std::string result_json) override {
    co_await database_.write(finish_send, std::move(id), access.only_user(), name_of(status),
                             std::move(result_json), clock_.now());
  }

  Task<bool> adopt(const model::Access& access, const SendRecord& seen,
                   std::string process_id) override {
    const sql::Rows rows = co_await database_.write(
        adopt_send, seen.id, access.only_user(), std::move(process_id), clock_.now(),
        seen.process_id, seen.updated_at, name_of(seen.status));
    co_return !rows.empty();
  }

  Task<std::optional<SendRecord>> find(const model::Access& access, std::string id) override {
    const sql::Rows rows = co_await database_.read(find_send, std::move(id), access.only_user());
    co_return first_from(rows, send_from);
  }

  Task<void> mark_undelivered(const model::Access& access, std::string id) override {
    co_await database_.write(mark_lost, std::move(id), access.only_user(), clock_.now());
  }

  Task<std::int64_t> count_since(const model::Access& access, model::ConnectionId connection,
                                 Timestamp since) override {
    const sql::Rows rows =
        co_await database_.read(count_sends, connection, access.only_user(), since);
    co_return rows[0][0].integer();
  }

  Task<std::int64_t> count_spent(std::string spent_as, Timestamp since) override {
    const Timestamp hour{std::chrono::floor<std::chrono::hours>(since)};
    const sql::Rows rows = co_await database_.read(count_spent_sends, std::move(spent_as), hour);
    co_return rows[0][0].integer();
  }

  Task<void> forget(const model::Access& access, model::ConnectionId connection,
                    std::string spent_as) override {
    std::vector<Statement> statements;
    statements.emplace_back(forget_sends, connection, access.only_user());
    statements.emplace_back(forget_spent_of, std::move(spent_as));
    co_await database_.atomically(std::move(statements));
  }

  Task<void> forget_spent() override {
    co_await database_.write(forget_spent_sends, clock_.now() - spent_sends_lifetime);
  }

  Task<void> erase(const model::Access& access, model::ConnectionId connection,
                   std::string spent_as) override {
    std::vector<Statement> statements;
    if (dialect_.locks_rows) statements.emplace_back(lock_connection, connection);
    statements.emplace_back(dialect_.spend_sends, connection, access.only_user(),
                            std::move(spent_as), clock_.now() - spent_sends_lifetime);
    statements.emplace_back(erase_sends, connection, access.only_user());
    co_await database_.atomically(std::move(statements));
  }

  Task<std::int64_t> purge(const model::Access& access, Timestamp before) override {
    const sql::Rows rows = co_await database_.write(purge_sends, before, access.only_user());
    co_return static_cast<std::int64_t>(rows.size());
  }

 private:
  Task<Sends::Begun> try_to_begin(const model::Access& access, SendRecord record,
                                  Timestamp repeats_since) {
    return record.idempotency_key.empty() ? begin_lone(access, std::move(record), repeats_since)
                                          : begin_with_key(access, std::move(record));
  }

  // The equal send whose answer was lost is looked for in the same go, because nearly always there
  // is none. (An insertion that reads its own table takes SQLite longer than both.)
  Task<Sends::Begun> begin_lone(const model::Access& access, SendRecord record,
                                Timestamp repeats_since) {
    const auto now = clock_.now();
    std::vector<Statement> statements;
    statements.reserve(3);
    const Sql insert = dialect_.locks_rows ? Sql{insert_lone_locking} : Sql{insert_lone};
    statements.push_back(insertion(insert, access, record, now));
    if (dialect_.count_inserted) statements.emplace_back(*dialect_.count_inserted);
    statements.emplace_back(find_lost, record.connection_id, access.only_user(), record.tool,
                            record.fingerprint, repeats_since);
    const auto results = co_await database_.atomically(std::move(statements));
    const bool is_inserted =
        dialect_.count_inserted ? results[1][0][0].integer() > 0 : !results[0].empty();
    auto lost = first_from(results.back(), send_from);
    if (!lost && !is_inserted) throw Error{Errc::not_found, "There is no such connection."};
    Begun begun;
    if (!lost) {
      record.created_at = record.updated_at = now;
      begun.created = true;
      begun.record = std::move(record);
      co_return begun;
    }
    if (is_inserted) co_await database_.write(withdraw_send, record.id, access.only_user());
    begun.record = *std::move(lost);
    co_return begun;
  }

  Task<Sends::Begun> begin_with_key(const model::Access& access, SendRecord record) {
    const auto now = clock_.now();
    const auto& key = record.idempotency_key;
    std::vector<Statement> statements;
    statements.reserve(3);
    statements.emplace_back(free_key, record.user_id, access.only_user(), record.connection_id,
                            record.tool, key, now - key_lifetime);
    const Sql insert = dialect_.locks_rows ? Sql{insert_send_locking} : Sql{insert_send};
    statements.push_back(insertion(insert, access, record, now));
    statements.emplace_back(find_key, record.user_id, access.only_user(), record.connection_id,
                            record.tool, key);
    const auto results = co_await database_.atomically(std::move(statements));
    const bool is_inserted = !results[1].empty();
    const sql::Rows& rows = is_inserted ? results[1] : results[2];
    if (rows.empty()) throw Error{Errc::not_found, "There is no such connection."};
    Begun begun{.created = is_inserted, .record = send_from(rows[0])};
    begun.created = is_inserted || begun.record.id == record.id;
    co_return begun;
  }

  static Statement insertion(Sql insert, const model::Access& access, const SendRecord& record,
                             Timestamp now) {
    return Statement{insert,
                     record.id,
                     record.user_id,
                     record.connection_id,
                     record.tool,
                     null_if_empty(record.idempotency_key),
                     record.fingerprint,
                     record.rfc822_message_id,
                     name_of(record.status),
                     record.result_json,
                     record.delivered,
                     record.process_id,
                     now,
                     access.only_user()};
  }

  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
};

}  // namespace

std::unique_ptr<Sends> sql_sends(sql::Database& database, const Clock& clock,
                                 const Dialect& dialect) {
  return std::make_unique<SqlSends>(database, clock, dialect);
}

std::span<const sql::Sql> statements_of_sends() {
  static constexpr sql::Sql all[] = {
      free_key,           insert_send,         insert_send_locking, find_key,
      insert_lone,        insert_lone_locking, withdraw_send,       finish_send,
      adopt_send,         find_send,           find_lost,           mark_lost,
      count_sends,        count_spent_sends,   forget_sends,        forget_spent_of,
      forget_spent_sends, erase_sends,         purge_sends};
  return all;
}

}  // namespace gmail_mcp::store
