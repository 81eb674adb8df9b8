#include "store/sql/sql_store.h"

#include "base/error.h"
#include "crypto/random.h"
#include "store/sql/parts.h"

namespace gmail_mcp::store {

namespace {

constexpr sql::Sql write_readiness{
    "store.write_readiness",
    "INSERT INTO leases (name, holder, expires_at) VALUES ('readiness', ?1, ?2) "
    "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, expires_at = excluded.expires_at"};

class SqlStore final : public Store {
 public:
  SqlStore(std::unique_ptr<sql::Database> database, const Clock& clock, Log& log,
           const Dialect& dialect, std::chrono::milliseconds remembers, OpenMoment open_moment)
      : database_{std::move(database)},
        clock_{clock},
        dialect_{dialect},
        write_behind_{*database_, clock, dialect, log},
        memory_{clock, remembers},
        users_{sql_users(*database_, clock, dialect, memory_)},
        connections_{sql_connections(*database_, clock, dialect, write_behind_, memory_)},
        flows_{sql_flows(*database_, clock, dialect)},
        sends_{sql_sends(*database_, clock, dialect)},
        held_sends_{sql_held_sends(*database_, clock, dialect)},
        leases_{sql_leases(*database_, dialect)},
        client_grants_{sql_client_grants(*database_, dialect)},
        tries_{sql_tries(*database_, clock)},
        user_tokens_{sql_user_tokens(*database_, clock, dialect, write_behind_)},
        spending_{sql_spending(*database_, clock, origin_)},
        mcp_sessions_{sql_mcp_sessions(*database_, clock, origin_)},
        news_{sql_news(*database_, dialect, origin_)},
        audit_{sql_audit(*database_, write_behind_)},
        archive_{dialect.open_archive(*database_, clock, origin_)},
        dump_{sql_dump(*database_, dialect, std::move(open_moment))} {}

  Users& users() override { return *users_; }
  Connections& connections() override { return *connections_; }
  Flows& flows() override { return *flows_; }
  Sends& sends() override { return *sends_; }
  HeldSends& held_sends() override { return *held_sends_; }
  Leases& leases() override { return *leases_; }
  News& news() override { return *news_; }
  ClientGrants& client_grants() override { return *client_grants_; }
  Tries& tries() override { return *tries_; }
  UserTokens& user_tokens() override { return *user_tokens_; }
  Spending& spending() override { return *spending_; }
  McpSessions& mcp_sessions() override { return *mcp_sessions_; }
  Audit& audit() override { return *audit_; }
  Archives& archive() override { return *archive_; }
  Dump& dump() override { return *dump_; }

  Task<void> check() override {
    database_->check_place();
    sql::Statement statement{write_readiness, crypto::random_token(12), clock_.now()};
    co_await database_->write(std::move(statement));
  }
  Task<void> flush() override { return write_behind_.flush(); }
  Task<sql::MigrationPlan> migrate() override {
    if (dialect_.is_migrated_by_hand) return expect_migrated();
    return sql::migrate(*database_, dialect_.migrations, clock_, dialect_.migration_lock);
  }
  Task<void> compact() override { co_await database_->compact(std::nullopt); }

 private:
  Task<sql::MigrationPlan> expect_migrated() {
    auto plan = co_await sql::plan_migrations(*database_, dialect_.migrations);
    if (plan.pending.empty()) co_return plan;
    throw Error{Errc::misconfigured,
                "The tables in the Supabase project are not those of this version of the program.",
                "Run what `gmail-mcp migrate` prints in the SQL editor of the project, then start "
                "again."};
  }

  std::unique_ptr<sql::Database> database_;
  const Clock& clock_;
  const Dialect& dialect_;
  WriteBehind write_behind_;
  Memory memory_;
  const std::string origin_ = crypto::random_token(12);
  std::unique_ptr<Users> users_;
  std::unique_ptr<Connections> connections_;
  std::unique_ptr<Flows> flows_;
  std::unique_ptr<Sends> sends_;
  std::unique_ptr<HeldSends> held_sends_;
  std::unique_ptr<Leases> leases_;
  std::unique_ptr<ClientGrants> client_grants_;
  std::unique_ptr<Tries> tries_;
  std::unique_ptr<UserTokens> user_tokens_;
  std::unique_ptr<Spending> spending_;
  std::unique_ptr<McpSessions> mcp_sessions_;
  std::unique_ptr<News> news_;
  std::unique_ptr<Audit> audit_;
  std::unique_ptr<Archives> archive_;
  std::unique_ptr<Dump> dump_;
};

}  // namespace

std::unique_ptr<Store> open_sql_store(std::unique_ptr<sql::Database> database, const Clock& clock,
                                      Log& log, const Dialect& dialect,
                                      std::chrono::milliseconds remembers, OpenMoment open_moment) {
  return std::make_unique<SqlStore>(std::move(database), clock, log, dialect, remembers,
                                    std::move(open_moment));
}

std::span<const sql::Sql> statements_of_store() {
  static constexpr sql::Sql all[] = {write_readiness, lock_connection};
  return all;
}

}  // namespace gmail_mcp::store
