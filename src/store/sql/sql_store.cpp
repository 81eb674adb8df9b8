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
  SqlStore(sql::Database& database, const Clock& clock, Log& log, const Dialect& dialect)
      : database_{database},
        clock_{clock},
        write_behind_{database, clock, log},
        users_{database, clock},
        connections_{database, clock, dialect, write_behind_},
        flows_{database, clock},
        sends_{database, clock, dialect},
        leases_{database, dialect},
        audit_{database, write_behind_},
        archive_{dialect.open_archive(database, clock)} {}

  Users& users() override { return users_; }
  Connections& connections() override { return connections_; }
  Flows& flows() override { return flows_; }
  Sends& sends() override { return sends_; }
  Leases& leases() override { return leases_; }
  Audit& audit() override { return audit_; }
  Archive& archive() override { return *archive_; }

  Task<void> check() override {
    database_.check_place();
    sql::Statement statement{
        "INSERT INTO leases (name, holder, expires_at) VALUES ('readiness', ?1, ?2) "
        "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, "
        "expires_at = excluded.expires_at",
        crypto::random_token(12), clock_.now()};
    co_await database_.write(std::move(statement));
  }
  Task<void> flush() override { co_await write_behind_.flush(); }

 private:
  sql::Database& database_;
  const Clock& clock_;
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

std::unique_ptr<Store> open_sql_store(sql::Database& database, const Clock& clock, Log& log,
                                      const Dialect& dialect) {
  return std::make_unique<SqlStore>(database, clock, log, dialect);
}

}  // namespace gmail_mcp::store
