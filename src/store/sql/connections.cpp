#include <algorithm>

#include "base/error.h"
#include "base/text.h"
#include "crypto/random.h"
#include "sql/compose.h"
#include "store/sends.h"
#include "store/sql/parts.h"
#include "store/sql/rows.h"
#include "store/sql/sealed_connections.h"

namespace gmail_mcp::store {

namespace {

using sql::named;
using sql::Sql;
using sql::Statement;

constexpr auto find_connection = named("connections.find_connection", "SELECT ", connection_columns,
                                       " FROM connections AS c JOIN users AS u ON u.id = c.user_id "
                                       "WHERE c.id = ?1 AND c.status <> 'removing' "
                                       "AND u.external_user_id = coalesce(?2, u.external_user_id)");

constexpr auto find_credential =
    named("connections.find_credential", "SELECT ", connection_columns, credential_columns,
          " FROM connections AS c JOIN users AS u ON u.id = c.user_id "
          "WHERE c.id = ?1 AND c.status <> 'removing' "
          "AND u.external_user_id = coalesce(?2, u.external_user_id)");

// Whoever lists all of everybody's rows asks it as "nobody is named, or this one": a server that
// knows the parameters when it plans then sees that the users do not narrow the list, and walks its
// index.

// Two statements, so that the one used by every call finds its rows by the user instead of reading
// all.
constexpr char newest_active_first[] =
    "AND (?2 OR c.status = 'active') AND c.status <> 'removing' "
    "ORDER BY c.created_at DESC, c.id DESC LIMIT ?3";
constexpr auto list_of_user = named(
    "connections.list_of_user", "SELECT ", connection_columns,
    " FROM users AS u JOIN connections AS c ON c.user_id = u.id "
    "WHERE u.external_user_id = ?1 AND u.external_user_id = coalesce(?4, u.external_user_id) ",
    newest_active_first);
constexpr auto list_of_all = named("connections.list_of_all", "SELECT ", connection_columns,
                                   " FROM connections AS c JOIN users AS u ON u.id = c.user_id "
                                   "WHERE (CAST(?1 AS TEXT) IS NULL OR u.external_user_id = ?1) ",
                                   newest_active_first);

constexpr auto list_expiring =
    named("connections.list_expiring", "SELECT ", connection_columns,
          " FROM connections AS c JOIN users AS u ON u.id = c.user_id "
          "WHERE c.token_expires_at < ?1 AND c.last_used_at >= ?2 AND c.status = 'active' "
          "AND c.kind = 'oauth' AND (CAST(?3 AS TEXT) IS NULL OR u.external_user_id = ?3) "
          "ORDER BY c.token_expires_at, c.id LIMIT ?4");

// Addresses are compared without case. Of the old credential only a refresh token of the same
// Google account is kept, if Google gave no new one.
constexpr char new_credential[] =
    "INSERT INTO connections (id, user_id, gmail_address, kind, status, is_active, scopes, "
    "google_sub, display_name, access_token_encrypted, refresh_token_encrypted, "
    "app_password_encrypted, token_expires_at, created_at, updated_at, version) "
    "SELECT ?1, u.id, ?3, ?4, 'active', TRUE, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?12, 1 "
    "FROM users AS u WHERE u.id = ?2 AND u.external_user_id = coalesce(?13, u.external_user_id) ";
constexpr char instead_of_the_old[] =
    "ON CONFLICT (user_id, gmail_address) DO UPDATE SET "
    "kind = excluded.kind, status = 'active', is_active = TRUE, scopes = excluded.scopes, "
    "display_name = CASE WHEN excluded.display_name = '' THEN connections.display_name "
    "ELSE excluded.display_name END, "
    "access_token_encrypted = excluded.access_token_encrypted, "
    "refresh_token_encrypted = CASE WHEN excluded.refresh_token_encrypted IS NULL "
    "AND excluded.google_sub <> '' AND excluded.google_sub = connections.google_sub "
    "AND connections.status NOT IN ('removing', 'disconnected') "
    "THEN connections.refresh_token_encrypted ELSE excluded.refresh_token_encrypted END, "
    "app_password_encrypted = excluded.app_password_encrypted, "
    "google_sub = excluded.google_sub, token_expires_at = excluded.token_expires_at, "
    "updated_at = excluded.updated_at, version = connections.version + 1, "
    "last_ok_at = NULL, last_error_at = NULL, last_error = '', "
    "lost_at = NULL, erasing = CASE WHEN excluded.kind = 'oauth' AND "
    "(connections.kind <> 'oauth' OR connections.erasing = 'archive') THEN 'archive' ELSE '' END, "
    "refresh_lease_until = NULL "
    "RETURNING ";
constexpr auto save_credential = named("connections.save_credential", new_credential,
                                       instead_of_the_old, returned_connection_columns);
// Where a user may be removed at the same time: this waits for that, and finds nobody.
constexpr auto save_credential_locking =
    named("connections.save_credential_locking", new_credential, "FOR KEY SHARE OF u ",
          instead_of_the_old, returned_connection_columns);

constexpr Sql name_user{
    "connections.name_user",
    "UPDATE users SET email = ?2, updated_at = ?3 "
    "WHERE id = ?1 AND coalesce(email, '') = '' AND external_user_id = coalesce(?4, "
    "external_user_id)"};

constexpr auto finish =
    named("connections.finish",
          "UPDATE connections SET access_token_encrypted = ?4, "
          "refresh_token_encrypted = coalesce(?5, refresh_token_encrypted), "
          "token_expires_at = ?6, scopes = coalesce(?7, scopes), updated_at = ?8, "
          "version = version + 1, refresh_lease_until = NULL "
          "WHERE id = ?1 AND version = ?3 AND status NOT IN ('disconnected', 'removing')",
          owned_connection, "RETURNING id");

constexpr auto abandon = named("connections.abandon",
                               "UPDATE connections SET refresh_lease_until = NULL "
                               "WHERE id = ?1 AND version = ?3",
                               owned_connection);

constexpr auto mark_reconnect =
    named("connections.mark_reconnect",
          "UPDATE connections SET status = 'reconnect_required', is_active = FALSE, "
          "refresh_lease_until = NULL, updated_at = ?4, "
          "lost_at = CASE WHEN ?5 THEN coalesce(lost_at, ?4) ELSE lost_at END "
          "WHERE id = ?1 AND version = ?3 AND status NOT IN ('disconnected', 'removing')",
          owned_connection, "RETURNING id");

constexpr auto find_sharer =
    named("connections.find_sharer",
          "SELECT c.id FROM connections AS c JOIN users AS u ON u.id = c.user_id "
          "WHERE c.status = 'active' AND c.kind = 'oauth' AND coalesce(c.id <> ?3, TRUE) "
          "AND CASE WHEN ?1 = '' OR c.google_sub = '' "
          "THEN c.gmail_address = ?2 OR lower(c.gmail_address) = ?2 "
          "ELSE c.google_sub = ?1 END "
          "AND u.external_user_id = coalesce(?4, u.external_user_id) LIMIT 1");

// First the mark, which returns what is about to be erased, then the erasure, so that nothing
// stored by a refresh in between can escape.
constexpr auto mark_disconnected =
    named("connections.mark_disconnected",
          "UPDATE connections SET status = 'disconnected', is_active = FALSE, erasing = ?4, "
          "version = version + 1, token_expires_at = NULL, refresh_lease_until = NULL, "
          "updated_at = ?3 WHERE id = ?1 AND status <> 'removing'",
          owned_connection, "RETURNING ", returned_connection_columns, credential_columns);
constexpr char erase_ciphertexts[] =
    "UPDATE connections SET access_token_encrypted = NULL, "
    "refresh_token_encrypted = NULL, app_password_encrypted = NULL WHERE id = ?1 AND status ";
constexpr auto erase_disconnected = named("connections.erase_disconnected", erase_ciphertexts,
                                          "= 'disconnected'", owned_connection);
constexpr auto erase_ended = named("connections.erase_ended", erase_ciphertexts,
                                   "IN ('removing', 'disconnected')", owned_connection);

constexpr auto mark_ending =
    named("connections.mark_ending",
          "UPDATE connections SET status = ?5, is_active = FALSE, erasing = ?6, "
          "version = version + 1, token_expires_at = NULL, refresh_lease_until = NULL, "
          "updated_at = ?3 WHERE id = ?1 AND version = coalesce(?4, version) "
          "AND (status <> 'removing' OR ?5 = 'removing')",
          owned_connection, "RETURNING ", returned_connection_columns, credential_columns);
constexpr char has_ciphertexts[] =
    " coalesce(c.refresh_token_encrypted, c.access_token_encrypted, c.app_password_encrypted) "
    "IS NOT NULL ";
constexpr auto list_ending = named(
    "connections.list_ending", "SELECT ", connection_columns, ",", has_ciphertexts, ", c.erasing",
    " FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE (c.status = 'removing' OR c.erasing <> '' OR (c.status = 'disconnected' AND",
    has_ciphertexts,
    ")) AND (CAST(?1 AS TEXT) IS NULL OR u.external_user_id = ?1) "
    "ORDER BY c.updated_at, c.id");
constexpr Sql mark_abandoned{
    "connections.mark_abandoned",
    "UPDATE connections SET erasing = 'everything' WHERE status = 'reconnect_required' "
    "AND lost_at < ?1 AND id IN (SELECT c.id FROM connections AS c "
    "JOIN users AS u ON u.id = c.user_id WHERE c.status = 'reconnect_required' "
    "AND c.erasing = '' AND c.lost_at < ?1 "
    "AND (CAST(?2 AS TEXT) IS NULL OR u.external_user_id = ?2) ORDER BY c.lost_at LIMIT ?3)"};
// The last error may name a folder or a message. A connection that has been connected again keeps
// its data, unless that was archived under another kind.
constexpr auto unmark_erased = named(
    "connections.unmark_erased",
    "UPDATE connections SET erasing = '', lost_at = NULL, last_error = '', last_error_at = NULL "
    "WHERE id = ?1 AND (status <> 'active' OR (erasing = 'archive' AND NOT EXISTS "
    "(SELECT 1 FROM archives AS a WHERE a.connection_id = connections.id)))",
    owned_connection);

// What MCP clients watch of a connection names it, and may name its correspondents. The sessions
// stay; every process, this one too, reads anew what they watch.
constexpr char watches_of_ended[] =
    "FROM mcp_session_watches WHERE lower(uri) LIKE "
    "(SELECT '%' || lower(CAST(c.id AS TEXT)) || '%' "
    "FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE c.id = ?1 AND c.status <> 'active' "
    "AND u.external_user_id = coalesce(?2, u.external_user_id))";
constexpr auto tell_of_watches = named("connections.tell_of_watches",
                                       "INSERT INTO news (origin, what, connection_id) "
                                       "SELECT DISTINCT '', 'session', session ",
                                       watches_of_ended);
constexpr auto forget_watches = named("connections.forget_watches", "DELETE ", watches_of_ended);

// For the connection ?1 that is being removed. An address that the user had before goes with the
// last connection, too.
constexpr Sql rename_user{
    "connections.rename_user",
    "UPDATE users SET updated_at = ?3, email = (SELECT c.gmail_address FROM connections AS c "
    "WHERE c.user_id = users.id AND c.id <> ?1 AND c.status <> 'removing' "
    "ORDER BY c.created_at, c.id LIMIT 1) "
    "WHERE email IS NOT NULL AND external_user_id = coalesce(?2, external_user_id) "
    "AND EXISTS (SELECT 1 FROM connections AS c WHERE c.user_id = users.id AND c.id = ?1 "
    "AND c.status = 'removing' AND (c.gmail_address IN (users.email, lower(users.email)) OR NOT "
    "EXISTS "
    "(SELECT 1 FROM connections AS o WHERE o.user_id = users.id AND o.id <> c.id "
    "AND o.status <> 'removing')))"};
constexpr auto delete_connection =
    named("connections.delete_connection",
          "DELETE FROM connections WHERE id = ?1 AND status = 'removing'", owned_connection,
          "RETURNING id");

// The values of model::Connection::state.
constexpr auto count_by_state = named(
    "connections.count_by_state",
    "SELECT c.kind, CASE WHEN c.status <> 'active' THEN c.status "
    "WHEN c.last_error_at IS NOT NULL AND coalesce(c.last_ok_at <= c.last_error_at, TRUE) "
    "THEN 'failing' WHEN c.last_ok_at IS NOT NULL THEN 'working' ELSE 'untried' END AS state, "
    "count(*) FROM connections AS c JOIN users AS u ON u.id = c.user_id "
    "WHERE (CAST(?1 AS TEXT) IS NULL OR u.external_user_id = ?1) GROUP BY 1, 2 ORDER BY 1, 2");

Erasure erasure_from(std::string_view word) {
  for (const auto one : {Erasure::none, Erasure::sends, Erasure::archive, Erasure::everything}) {
    if (to_string(one) == word) return one;
  }
  throw Error{Errc::internal, "The database holds a word that is not known."};
}

Ending ending_from(const sql::Row& row) {
  return {.connection = connection_from(row),
          .has_credential = row[connection_column_count].boolean(),
          .erasure = erasure_from(row[connection_column_count + 1].text())};
}

class SqlConnections final : public Connections {
 public:
  SqlConnections(sql::Database& database, const Clock& clock, const Dialect& dialect,
                 WriteBehind& write_behind, Memory& memory)
      : database_{database},
        clock_{clock},
        dialect_{dialect},
        write_behind_{write_behind},
        memory_{memory} {}

  Task<std::optional<model::Connection>> find(const model::Access& access,
                                              model::ConnectionId id) override {
    auto question = Question{access}.add(id.str());
    return memory_.recall(memory_.found, std::move(question),
                          [this, &access, id = std::move(id)] { return look_up(access, id); });
  }

  Task<std::vector<model::Connection>> list(const model::Access& access,
                                            ConnectionFilter filter) override {
    auto question =
        Question{access}.add(filter.user).add(filter.include_inactive ? 1 : 0).add(filter.limit);
    return memory_.recall(
        memory_.listed, std::move(question),
        [this, &access, filter = std::move(filter)] { return look_up_all(access, filter); });
  }

  Task<std::vector<model::Connection>> expiring(const model::Access& access,
                                                ExpiringFilter filter) override {
    const sql::Rows rows =
        co_await database_.read(list_expiring, filter.expires_before, filter.used_since,
                                access.only_user(), std::max(filter.limit, std::int64_t{0}));
    co_return all_from(rows, connection_from);
  }

  Task<std::optional<StoredCredential>> credential(const model::Access& access,
                                                   model::ConnectionId id) override {
    const sql::Rows rows = co_await database_.read(find_credential, id, access.only_user());
    co_return first_from(rows, credential_from);
  }

  Task<model::Connection> save(const model::Access& access, NewCredential credential) override {
    const Memory::Changing guard{memory_};
    const auto now = clock_.now();
    const auto address = to_lower_ascii(credential.gmail_address);
    std::vector<Statement> statements;
    auto id = credential.id ? credential.id->str() : crypto::random_uuid();
    const Sql save = dialect_.locks_rows ? Sql{save_credential_locking} : Sql{save_credential};
    statements.emplace_back(save, std::move(id), credential.user_id, address,
                            model::to_string(credential.kind), scopes_to_text(credential.scopes),
                            std::move(credential.google_sub), std::move(credential.display_name),
                            null_if_empty(std::move(credential.ciphertexts.access_token)),
                            null_if_empty(std::move(credential.ciphertexts.refresh_token)),
                            null_if_empty(std::move(credential.ciphertexts.app_password)),
                            credential.token_expires_at, now, access.only_user());
    statements.emplace_back(name_user, credential.user_id, address, now, access.only_user());
    const auto results = co_await database_.atomically(std::move(statements));
    if (results[0].empty()) throw Error{Errc::not_found, "There is no such user."};
    co_return connection_from(results[0][0]);
  }

  Task<bool> begin_refresh(const model::Access& access, model::ConnectionId id,
                           std::int64_t version, std::chrono::seconds lease) override {
    Statement statement{dialect_.begin_refresh, id, version, lease.count(), access.only_user()};
    co_return co_await changes(std::move(statement));
  }

  Task<bool> finish_refresh(const model::Access& access, model::ConnectionId id,
                            std::int64_t version, RefreshedToken token) override {
    const Memory::Changing guard{memory_};
    const auto scopes = token.scopes.empty() ? std::string{} : scopes_to_text(token.scopes);
    Statement statement{finish,
                        id,
                        access.only_user(),
                        version,
                        std::move(token.access_token),
                        null_if_empty(std::move(token.refresh_token)),
                        token.expires_at,
                        null_if_empty(scopes),
                        clock_.now()};
    co_return co_await changes(std::move(statement));
  }

  Task<void> abandon_refresh(const model::Access& access, model::ConnectionId id,
                             std::int64_t version) override {
    co_await database_.write(abandon, id, access.only_user(), version);
  }

  Task<bool> require_reconnect(const model::Access& access, model::ConnectionId id,
                               std::int64_t version, CredentialLoss loss) override {
    const Memory::Changing guard{memory_};
    Statement statement{mark_reconnect, id,           access.only_user(),
                        version,        clock_.now(), loss == CredentialLoss::refused};
    co_return co_await changes(std::move(statement));
  }

  Task<bool> shared_by(const model::Access& access, GoogleAccount account,
                       std::optional<model::ConnectionId> except) override {
    const sql::Rows rows = co_await database_.read(find_sharer, std::move(account.sub),
                                                   to_lower_ascii(account.address),
                                                   std::move(except), access.only_user());
    co_return !rows.empty();
  }

  Task<std::optional<StoredCredential>> disconnect(const model::Access& access,
                                                   model::ConnectionId id,
                                                   Erasure erasure) override {
    const Memory::Changing guard{memory_};
    std::vector<Statement> statements;
    statements.emplace_back(mark_disconnected, id, access.only_user(), clock_.now(),
                            to_string(erasure));
    statements.emplace_back(erase_disconnected, id, access.only_user());
    const auto results = co_await database_.atomically(std::move(statements));
    co_return first_from(results[0], credential_from);
  }

  Task<std::optional<StoredCredential>> begin_ending(const model::Access& access,
                                                     model::ConnectionId id,
                                                     model::ConnectionStatus as,
                                                     std::optional<std::int64_t> version,
                                                     Erasure erasure) override {
    const Memory::Changing guard{memory_};
    const sql::Rows rows =
        co_await database_.write(mark_ending, id, access.only_user(), clock_.now(), version,
                                 model::to_string(as), to_string(erasure));
    co_return first_from(rows, credential_from);
  }

  Task<void> erase_credential(const model::Access& access, model::ConnectionId id) override {
    co_await database_.write(erase_ended, id, access.only_user());
  }

  Task<void> erase_lost(const model::Access& access, Timestamp before,
                        std::int64_t limit) override {
    co_await database_.write(mark_abandoned, before, access.only_user(),
                             std::max(limit, std::int64_t{0}));
  }

  Task<void> finish_erasure(const model::Access& access, model::ConnectionId id) override {
    std::vector<Statement> statements;
    statements.emplace_back(tell_of_watches, id, access.only_user());
    statements.emplace_back(forget_watches, id, access.only_user());
    statements.emplace_back(unmark_erased, id, access.only_user());
    co_await database_.atomically(std::move(statements));
  }

  Task<std::vector<Ending>> endings(const model::Access& access) override {
    const sql::Rows rows = co_await database_.read(list_ending, access.only_user());
    co_return all_from(rows, ending_from);
  }

  Task<bool> remove(const model::Access& access, model::ConnectionId id,
                    std::string spent_as) override {
    const Memory::Changing guard{memory_};
    std::vector<Statement> statements;
    if (dialect_.locks_rows) statements.emplace_back(lock_connection, id);
    statements.emplace_back(dialect_.spend_sends, id, access.only_user(), std::move(spent_as),
                            clock_.now() - spent_sends_lifetime);
    statements.emplace_back(rename_user, id, access.only_user(), clock_.now());
    statements.emplace_back(tell_of_watches, id, access.only_user());
    statements.emplace_back(forget_watches, id, access.only_user());
    statements.emplace_back(delete_connection, id, access.only_user());
    const auto results = co_await database_.atomically(std::move(statements));
    co_return !results.back().empty();
  }

  void touch(model::ConnectionId id) override { write_behind_.touch(std::move(id)); }

  void note_ok(model::ConnectionId id) override { write_behind_.note_ok(std::move(id)); }

  void note_error(model::ConnectionId id, std::string sentence) override {
    write_behind_.note_error(std::move(id), std::move(sentence));
  }

  Task<std::vector<Ciphertexts>> sealed(const model::Access& access, std::int64_t limit) override {
    return sealed_connections(database_, access.only_user(), limit);
  }

  Task<std::vector<SealedConnection>> sealed_after(const model::Access& access,
                                                   std::optional<model::ConnectionId> after,
                                                   std::int64_t limit) override {
    return sealed_connections_after(database_, access.only_user(), std::move(after), limit);
  }

  Task<std::int64_t> reseal(const model::Access& access, std::vector<Resealed> all) override {
    return reseal_connections(database_, access.only_user(), std::move(all));
  }

  Task<std::vector<ConnectionCount>> count(const model::Access& access) override {
    const sql::Rows rows = co_await database_.read(count_by_state, access.only_user());
    std::vector<ConnectionCount> counts;
    for (const sql::Row& row : rows) {
      const auto kind = model::connection_kind(row[0].text());
      if (kind) counts.push_back({*kind, row[1].text(), row[2].integer()});
    }
    co_return counts;
  }

 private:
  Task<std::optional<model::Connection>> look_up(const model::Access& access,
                                                 model::ConnectionId id) {
    const sql::Rows rows = co_await database_.read(find_connection, id, access.only_user());
    co_return first_from(rows, connection_from);
  }

  Task<std::vector<model::Connection>> look_up_all(const model::Access& access,
                                                   ConnectionFilter filter) {
    const auto& user = filter.user ? filter.user : access.only_user();
    const auto limit = std::max(filter.limit, std::int64_t{0});
    Statement statement{list_of_all, access.only_user(), filter.include_inactive, limit};
    if (user) {
      statement = Statement{list_of_user, user, filter.include_inactive, limit, access.only_user()};
    }
    const sql::Rows rows = co_await database_.read(std::move(statement));
    co_return all_from(rows, connection_from);
  }

  Task<bool> changes(Statement statement) {
    const sql::Rows rows = co_await database_.write(std::move(statement));
    co_return !rows.empty();
  }

  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
  WriteBehind& write_behind_;
  Memory& memory_;
};

}  // namespace

std::string_view to_string(Erasure erasure) {
  switch (erasure) {
    case Erasure::none: return "";
    case Erasure::sends: return "sends";
    case Erasure::archive: return "archive";
    case Erasure::everything: return "everything";
  }
  return "";
}

std::unique_ptr<Connections> sql_connections(sql::Database& database, const Clock& clock,
                                             const Dialect& dialect, WriteBehind& write_behind,
                                             Memory& memory) {
  return std::make_unique<SqlConnections>(database, clock, dialect, write_behind, memory);
}

std::span<const sql::Sql> statements_of_connections() {
  static constexpr sql::Sql all[] = {find_connection,
                                     find_credential,
                                     list_of_user,
                                     list_of_all,
                                     list_expiring,
                                     save_credential,
                                     save_credential_locking,
                                     name_user,
                                     finish,
                                     abandon,
                                     mark_reconnect,
                                     find_sharer,
                                     mark_disconnected,
                                     erase_disconnected,
                                     erase_ended,
                                     mark_ending,
                                     list_ending,
                                     mark_abandoned,
                                     unmark_erased,
                                     tell_of_watches,
                                     forget_watches,
                                     rename_user,
                                     delete_connection,
                                     count_by_state};
  return all;
}

}  // namespace gmail_mcp::store
