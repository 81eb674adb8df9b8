#pragma once

#include <map>
#include <span>
#include <vector>

#include "base/clock.h"
#include "sql/database.h"
#include "store/archive.h"
#include "store/sql/archive_statements.h"
#include "store/sql/key_block.h"

namespace gmail_mcp::store {

/// The archive in a SQL database. The schema's triggers keep contacts and conversations in step
/// with the messages. What engines do in their own ways it is given.
class SqlArchive final : public Archives {
 public:
  /// All outlive it.
  /// `origin`: of the news that it tells.
  SqlArchive(sql::Database& database, const Clock& clock, std::string origin,
             const ArchiveStatements& statements, const WordIndex& index)
      : database_{database},
        clock_{clock},
        origin_{std::move(origin)},
        statements_{statements},
        index_{index} {}

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
  struct Insertion;

  /// This many attempts, when another process took a key that was free when we looked.
  static constexpr int most_attempts = 5;

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
  void insert(std::vector<sql::Statement>& statements, const Insertion& how,
              const NewArchived& message) const;
  /// Adds the statement that makes changes of one archive wait for each other.
  void take_turn(std::vector<sql::Statement>& statements, const model::Access& access,
                 const model::ConnectionId& id) const;
  Task<Committed> commit_once(const model::Access& access, model::ConnectionId id,
                              const ArchiveState& seen, const ArchiveStep& step);
  /// `found`: keys and sizes.
  Task<ArchivePage> page(const model::Access& access, model::ConnectionId id, sql::Rows found,
                         std::int64_t limit);

  sql::Database& database_;
  const Clock& clock_;
  std::string origin_;
  const ArchiveStatements& statements_;
  const WordIndex& index_;
};

/// The statements that store messages of a backup (store/dump.h), ascending by key, which are not
/// there yet, and all that is derived from them.
std::vector<sql::Statement> mail_insertions(const ArchiveStatements& statements_of,
                                            const WordIndex& index, sql::Rows rows);

/// What it asks of every engine: every statement of each of its files.
std::span<const sql::Sql> statements_of_archive_storing();
std::span<const sql::Sql> statements_of_archive_again();
std::span<const sql::Sql> statements_of_archive_reading();
std::span<const sql::Sql> statements_of_archive_removing();
std::span<const sql::Sql> statements_of_archive_loading();

}  // namespace gmail_mcp::store
