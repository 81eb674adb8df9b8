#pragma once

#include <map>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"
#include "store/archive.h"
#include "store/sql/key_block.h"

namespace gmail_mcp::store {

/// The archive in SQLite: its search is an FTS5 table without content, whose rowids are the keys of
/// the messages (archive_key.h). Triggers maintain it, the contacts and the conversations.
class SqliteArchive final : public Archives {
 public:
  SqliteArchive(sql::Database& database, const Clock& clock) : database_{database}, clock_{clock} {}

  Task<bool> begin(const model::Access& access, model::ConnectionId id,
                   std::optional<model::ConnectionKind> kind) override;
  Task<std::optional<ArchiveState>> state(const model::Access& access,
                                          model::ConnectionId id) override;
  Task<std::vector<model::ConnectionId>> archived(const model::Access& access) override;

  Task<Committed> commit(const model::Access& access, model::ConnectionId id, ArchiveState seen,
                         ArchiveStep step) override;
  Task<std::vector<model::MessageId>> absent(const model::Access& access, model::ConnectionId id,
                                             std::vector<model::MessageId> ids) override;
  Task<std::vector<model::MessageId>> gone(const model::Access& access, model::ConnectionId id,
                                           Present present) override;
  Task<ReadBefore> read_before(const model::Access& access, model::ConnectionId id,
                               std::int64_t reading, std::int64_t limit) override;
  Task<bool> read_again(const model::Access& access, model::ConnectionId id,
                        std::vector<NewArchived> messages,
                        std::vector<model::MessageId> failed) override;
  Task<bool> note(const model::Access& access, model::ConnectionId id,
                  NewArchived message) override;

  Task<bool> sweep(const model::Access& access, model::ConnectionId id,
                   std::int64_t limit) override;
  Task<bool> expire(const model::Access& access, model::ConnectionId id, Timestamp before,
                    std::int64_t limit) override;
  Task<bool> erase(const model::Access& access, model::ConnectionId id,
                   std::int64_t limit) override;
  Task<std::vector<model::ConnectionId>> overdue(const model::Access& access,
                                                 model::ConnectionKind kind, Timestamp before,
                                                 std::int64_t limit) override;
  Task<bool> scrub(const model::Access& access) override;
  Task<void> scrub_removed(const model::Access& access) override;

  Task<ArchivePage> history(const model::Access& access, model::ConnectionId id, std::string email,
                            std::int64_t limit, std::string cursor) override;
  Task<ArchivePage> search(const model::Access& access, model::ConnectionId id, SearchQuery query,
                           std::int64_t limit, std::string cursor) override;
  Task<std::optional<model::Contact>> contact(const model::Access& access, model::ConnectionId id,
                                              std::string email) override;
  Task<std::vector<model::Contact>> contacts(const model::Access& access, model::ConnectionId id,
                                             std::int64_t limit) override;
  Task<ConversationPage> conversations(const model::Access& access, model::ConnectionId id,
                                       std::int64_t limit, std::string cursor) override;

 private:
  struct Known;

  Task<std::optional<std::int64_t>> account_of(const model::Access& access, model::ConnectionId id);
  /// Keys for them, in the order of keys. `leaving`: keys that will be free. `wished`: the key of a
  /// date, without its account.
  using WishedKey = std::int64_t (*)(Timestamp date);
  Task<std::vector<Placed>> place(std::int64_t account, std::vector<const NewArchived*> messages,
                                  std::vector<std::int64_t> leaving, WishedKey wished);
  Task<std::vector<sql::Statement>> insertions(std::int64_t account, std::string step,
                                               std::vector<Placed> placed);
  Task<bool> read_again_once(const model::Access& access, model::ConnectionId id,
                             std::vector<NewArchived>& messages,
                             const std::vector<model::MessageId>& failed);
  Task<Committed> commit_once(const model::Access& access, model::ConnectionId id,
                              const ArchiveState& seen, const ArchiveStep& step);
  /// `found`: keys and sizes.
  Task<ArchivePage> page(const model::Access& access, model::ConnectionId id, sql::Rows found,
                         std::int64_t limit);

  sql::Database& database_;
  const Clock& clock_;
};

// What it asks: every statement of each of its files.
std::span<const sql::Sql> statements_of_sqlite_archive_storing();
std::span<const sql::Sql> statements_of_sqlite_archive_again();
std::span<const sql::Sql> statements_of_sqlite_archive_reading();
std::span<const sql::Sql> statements_of_sqlite_archive_removing();

}  // namespace gmail_mcp::store
