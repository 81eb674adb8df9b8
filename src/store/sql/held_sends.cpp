#include "store/held_sends.h"

#include <array>

#include "base/error.h"
#include "sql/compose.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;

// As the keys of sends.
constexpr std::chrono::hours same_call{24};

constexpr char held_columns[] =
    "h.id, s.user_id, s.connection_id, s.tool, h.state, h.digest, h.bytes, h.told, h.expires_at";
constexpr char from_held[] =
    " FROM held_sends AS h JOIN sends AS s ON s.id = h.id JOIN users AS u ON u.id = s.user_id "
    "WHERE u.external_user_id = coalesce(?2, u.external_user_id) ";
constexpr char held_by_owner[] =
    " AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = held_sends.user_id "
    "AND u.external_user_id = coalesce(?2, u.external_user_id)) ";

constexpr auto insert_held = named(
    "held_sends.insert_held",
    "INSERT INTO held_sends (id, user_id, state, digest, sealed, bytes, told, expires_at) "
    "SELECT s.id, s.user_id, 'held', ?3, ?4, ?5, '', ?6 FROM sends AS s "
    "JOIN users AS u ON u.id = s.user_id "
    "WHERE s.id = ?1 AND u.external_user_id = coalesce(?2, u.external_user_id) "
    "AND (SELECT count(*) FROM held_sends AS o WHERE o.user_id = s.user_id AND o.state = 'held') "
    "< ?7 "
    "AND (SELECT coalesce(sum(o.bytes), 0) FROM held_sends AS o WHERE o.user_id = s.user_id "
    "AND o.state = 'held') <= ?8 "
    "ON CONFLICT (id) DO NOTHING");
constexpr auto find_held =
    named("held_sends.find_held", "SELECT ", held_columns, from_held, "AND h.id = ?1");
constexpr auto find_by_key =
    named("held_sends.find_by_key", "SELECT ", held_columns, from_held,
          "AND s.connection_id = ?1 AND s.tool = ?3 AND s.idempotency_key = ?4 "
          "AND s.created_at > ?5 AND s.fingerprint = ?6 ORDER BY s.created_at DESC LIMIT 1");
constexpr auto find_by_print =
    named("held_sends.find_by_print", "SELECT ", held_columns, from_held,
          "AND s.connection_id = ?1 AND s.tool = ?3 AND s.idempotency_key IS NULL "
          "AND s.fingerprint = ?4 AND s.created_at > ?5 AND h.state = 'held' "
          "AND h.expires_at > ?6 ORDER BY s.created_at DESC LIMIT 1");
constexpr auto read_sealed =
    named("held_sends.read_sealed", "SELECT h.sealed", from_held, "AND h.id = ?1");
// Whoever asks between the decision and the send sees by it that the decision is new.
constexpr auto touch_send =
    named("held_sends.touch_send",
          "UPDATE sends SET updated_at = ?3 WHERE id = ?1 AND status = 'failed' "
          "AND EXISTS (SELECT 1 FROM users AS u WHERE u.id = sends.user_id "
          "AND u.external_user_id = coalesce(?2, u.external_user_id))");
constexpr auto decide_held =
    named("held_sends.decide_held",
          "UPDATE held_sends SET state = ?3, sealed = '', bytes = 0 WHERE id = ?1", held_by_owner,
          "AND state = 'held' AND digest = ?4 AND expires_at > ?5 RETURNING id");
constexpr auto reopen_held =
    named("held_sends.reopen_held",
          "UPDATE held_sends SET state = 'held', sealed = ?4, bytes = ?5 WHERE id = ?1",
          held_by_owner, "AND state = ?3 AND expires_at > ?6");
constexpr auto tell_held =
    named("held_sends.tell_held", "UPDATE held_sends SET told = ?3 WHERE id = ?1", held_by_owner);
constexpr Sql expire_held{"held_sends.expire_held",
                          "UPDATE held_sends SET state = 'expired', sealed = '', bytes = 0 "
                          "WHERE state = 'held' AND expires_at <= ?1"};

// In the order of the enumerators.
constexpr std::array<std::string_view, 5> held_state_names = {"held", "approved", "refused",
                                                              "draft", "expired"};

std::string_view name_of(HeldState state) {
  return held_state_names[static_cast<std::size_t>(state)];
}

HeldState held_state_of(std::string_view name) {
  for (std::size_t i = 0; i < held_state_names.size(); ++i) {
    if (held_state_names[i] == name) return static_cast<HeldState>(i);
  }
  throw Error{Errc::internal, "The database holds a word that is not known."};
}

HeldSend held_from(const sql::Row& row) {
  return {.id = row[0].text(),
          .user_id = model::UserId{row[1].text()},
          .connection_id = model::ConnectionId{row[2].text()},
          .tool = row[3].text(),
          .state = held_state_of(row[4].text()),
          .digest = row[5].text(),
          .bytes = row[6].integer(),
          .told = row[7].text(),
          .expires_at = row[8].time()};
}

class SqlHeldSends final : public HeldSends {
 public:
  SqlHeldSends(sql::Database& database, const Clock& clock, const Dialect& dialect)
      : database_{database}, clock_{clock}, dialect_{dialect} {}

  Task<bool> hold(const model::Access& access, HeldSend send, std::string sealed,
                  HeldLimits limits) override {
    const auto bytes = static_cast<std::int64_t>(sealed.size());
    const auto id = send.id;
    if (bytes > limits.bytes) co_return false;
    co_await database_.write(insert_held, id, access.only_user(), std::move(send.digest),
                             std::move(sealed), bytes, send.expires_at, limits.messages,
                             limits.bytes - bytes);
    const auto found = co_await find(access, id);
    co_return found.has_value();
  }

  Task<std::optional<HeldSend>> find(const model::Access& access, std::string id) override {
    if (!dialect_.is_id(id)) co_return std::nullopt;
    const sql::Rows rows = co_await database_.read(find_held, std::move(id), access.only_user());
    co_return with_time(first_from(rows, held_from));
  }

  Task<std::optional<HeldSend>> find_same(const model::Access& access,
                                          model::ConnectionId connection, std::string tool,
                                          std::string idempotency_key,
                                          std::string fingerprint) override {
    const auto now = clock_.now();
    sql::Rows rows;
    if (idempotency_key.empty()) {
      rows = co_await database_.read(find_by_print, connection, access.only_user(), std::move(tool),
                                     std::move(fingerprint), now - same_call, now);
    } else {
      rows = co_await database_.read(find_by_key, connection, access.only_user(), std::move(tool),
                                     std::move(idempotency_key), now - same_call,
                                     std::move(fingerprint));
    }
    co_return with_time(first_from(rows, held_from));
  }

  Task<std::string> sealed(const model::Access& access, std::string id) override {
    if (!dialect_.is_id(id)) co_return std::string{};
    sql::Rows rows = co_await database_.read(read_sealed, std::move(id), access.only_user());
    if (rows.empty()) co_return std::string{};
    co_return std::move(rows[0][0]).text();
  }

  Task<bool> decide(const model::Access& access, std::string id, std::string digest,
                    HeldState decision) override {
    if (!dialect_.is_id(id)) co_return false;
    if (decision == HeldState::approved) {
      co_await database_.write(touch_send, id, access.only_user(), clock_.now());
    }
    const sql::Rows rows =
        co_await database_.write(decide_held, std::move(id), access.only_user(), name_of(decision),
                                 std::move(digest), clock_.now());
    co_return !rows.empty();
  }

  Task<void> reopen(const model::Access& access, std::string id, HeldState decision,
                    std::string sealed) override {
    const auto bytes = static_cast<std::int64_t>(sealed.size());
    co_await database_.write(reopen_held, std::move(id), access.only_user(), name_of(decision),
                             std::move(sealed), bytes, clock_.now());
  }

  Task<void> tell(const model::Access& access, std::string id, std::string told) override {
    co_await database_.write(tell_held, std::move(id), access.only_user(), std::move(told));
  }

  Task<void> expire() override { co_await database_.write(expire_held, clock_.now()); }

 private:
  // Whose time is over is expired, also before housekeeping has been there.
  std::optional<HeldSend> with_time(std::optional<HeldSend> found) const {
    const bool is_over =
        found && found->state == HeldState::held && found->expires_at <= clock_.now();
    if (is_over) found->state = HeldState::expired;
    return found;
  }

  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
};

}  // namespace

std::unique_ptr<HeldSends> sql_held_sends(sql::Database& database, const Clock& clock,
                                          const Dialect& dialect) {
  return std::make_unique<SqlHeldSends>(database, clock, dialect);
}

std::span<const sql::Sql> statements_of_held_sends() {
  static constexpr sql::Sql all[] = {insert_held, find_held,  find_by_key, find_by_print,
                                     read_sealed, touch_send, decide_held, reopen_held,
                                     tell_held,   expire_held};
  return all;
}

}  // namespace gmail_mcp::store
