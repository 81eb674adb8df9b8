#include "store/sql/sql_store.h"

#include "crypto/random.h"
#include "store/sql/audit.h"
#include "store/sql/connections.h"
#include "store/sql/flows.h"
#include "store/sql/leases.h"
#include "store/sql/sends.h"
#include "store/sql/users.h"
#include "store/sql/write_behind.h"

namespace gmail_mcp::store {

namespace {

class SqlStore final : public Store {
 public:
  SqlStore(std::unique_ptr<sql::Database> database, const Clock& clock, Log& log,
           const Dialect& dialect)
      : database_{std::move(database)},
        clock_{clock},
        dialect_{dialect},
        write_behind_{*database_, clock, log},
        users_{*database_, clock},
        connections_{*database_, clock, dialect, write_behind_},
        flows_{*database_, clock},
        sends_{*database_, clock, dialect},
        leases_{*database_, dialect},
        audit_{*database_, write_behind_},
        archive_{dialect.open_archive(*database_, clock)} {}

  Users& users() override { return users_; }
  Connections& connections() override { return connections_; }
  Flows& flows() override { return flows_; }
  Sends& sends() override { return sends_; }
  Leases& leases() override { return leases_; }
  Audit& audit() override { return audit_; }
  Archive& archive() override { return *archive_; }

  Task<void> check() override {
    database_->check_place();
    sql::Statement statement{
        "INSERT INTO leases (name, holder, expires_at) VALUES ('readiness', ?1, ?2) "
        "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
        "expires_at = excluded.expires_at",
        crypto::random_token(12), clock_.now()};
    co_await database_->write(std::move(statement));
  }
  Task<void> flush() override { return write_behind_.flush(); }
  Task<sql::MigrationPlan> migrate() override {
    return sql::migrate(*database_, dialect_.migrations, clock_);
  }
  Task<void> compact() override { co_await database_->compact(std::nullopt); }

 private:
  std::unique_ptr<sql::Database> database_;
  const Clock& clock_;
  const Dialect& dialect_;
  WriteBehind write_behind_;
  SqlUsers users_;
  SqlConnections connections_;
  SqlFlows flows_;
  SqlSends sends_;
  SqlLeases leases_;
  SqlAudit audit_;
  std::unique_ptr<Archive> archive_;
};

}  // namespace

std::unique_ptr<Store> open_sql_store(std::unique_ptr<sql::Database> database, const Clock& clock,
                                      Log& log, const Dialect& dialect) {
  return std::make_unique<SqlStore>(std::move(database), clock, log, dialect);
}

}  // namespace gmail_mcp::store
