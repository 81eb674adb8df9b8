#pragma once

#include "base/clock.h"
#include "sql/database.h"
#include "store/connections.h"
#include "store/sql/dialect.h"
#include "store/sql/write_behind.h"

namespace gmail_mcp::store {

class SqlConnections final : public Connections {
 public:
  SqlConnections(sql::Database& database, const Clock& clock, const Dialect& dialect,
                 WriteBehind& write_behind)
      : database_{database}, clock_{clock}, dialect_{dialect}, write_behind_{write_behind} {}

  Task<std::optional<model::Connection>> find(const model::Access& access,
                                              model::ConnectionId id) override;
  Task<std::vector<model::Connection>> list(const model::Access& access,
                                            ConnectionFilter filter) override;
  Task<std::vector<model::Connection>> expiring(const model::Access& access,
                                                ExpiringFilter filter) override;
  Task<std::optional<StoredCredential>> credential(const model::Access& access,
                                                   model::ConnectionId id) override;
  Task<model::Connection> save(const model::Access& access, NewCredential credential) override;
  Task<bool> begin_refresh(const model::Access& access, model::ConnectionId id,
                           std::int64_t version, std::chrono::seconds lease) override;
  Task<bool> finish_refresh(const model::Access& access, model::ConnectionId id,
                            std::int64_t version, RefreshedToken token) override;
  Task<void> abandon_refresh(const model::Access& access, model::ConnectionId id,
                             std::int64_t version) override;
  Task<bool> require_reconnect(const model::Access& access, model::ConnectionId id,
                               std::int64_t version, CredentialLoss loss) override;
  Task<bool> shared_by(const model::Access& access, GoogleAccount account,
                       std::optional<model::ConnectionId> except) override;
  Task<std::optional<StoredCredential>> disconnect(const model::Access& access,
                                                   model::ConnectionId id,
                                                   Erasure erasure) override;
  Task<std::optional<StoredCredential>> begin_ending(const model::Access& access,
                                                     model::ConnectionId id,
                                                     model::ConnectionStatus as,
                                                     std::optional<std::int64_t> version,
                                                     Erasure erasure) override;
  Task<void> erase_credential(const model::Access& access, model::ConnectionId id) override;
  Task<void> erase_lost(const model::Access& access, Timestamp before, std::int64_t limit) override;
  Task<void> finish_erasure(const model::Access& access, model::ConnectionId id) override;
  Task<std::vector<Ending>> endings(const model::Access& access) override;
  Task<bool> remove(const model::Access& access, model::ConnectionId id,
                    std::string spent_as) override;
  void touch(model::ConnectionId id) override;
  void note_ok(model::ConnectionId id) override;
  void note_error(model::ConnectionId id, std::string sentence) override;
  Task<std::vector<Ciphertexts>> sealed(const model::Access& access, std::int64_t limit) override;
  Task<std::vector<ConnectionCount>> count(const model::Access& access) override;

 private:
  Task<bool> changes(sql::Statement statement);

  sql::Database& database_;
  const Clock& clock_;
  const Dialect& dialect_;
  WriteBehind& write_behind_;
};

}  // namespace gmail_mcp::store
