#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/task.h"
#include "sql/database.h"
#include "store/archive.h"
#include "store/search_query.h"

namespace gmail_mcp::store {

/// The statements of an archive that engines spell differently: those that read JSON, lock a row or
/// search for words. All others are beside the code that runs them. Lists are JSON arrays.
struct ArchiveStatements {
  /// Where several processes change rows at the same time: makes the changes of one archive wait
  /// for each other. The first statement of every change whose first statement does not lock the
  /// archive's row itself. ?1 connection, ?2 the only user or NULL.
  std::optional<sql::Sql> take_turn;

  sql::Sql begin;  // ?1 connection, ?2 the only user or NULL, ?3 step, ?4 now, ?5 kind or NULL
  sql::Sql
      as_seen;      // ?1 account, ?2 step: a row if nothing has changed; nobody else changes it now
  sql::Sql known;   // ?1 account, ?2 message ids: those that are stored
  sql::Sql absent;  // ?1 connection, ?2 the only user or NULL, ?3 message ids
  sql::Sql taken;   // ?1 first keys of blocks: key, sent_at, folder, uid of what is in them
  sql::Sql rows;    // ?1 account, ?2 message ids: message_id, key, folder, uid
  sql::Sql gone;    // ?1 connection, ?2 the only user or NULL, ?3 folder, ?4 below, ?5 gaps
  sql::Sql add_text;  // ?1 key, ?2 account, ?3 message id, ?4 plain, ?5 HTML, ?6 and ?7: Indexed
  sql::Sql add_correspondents;  // ?1 account, ?2 keys
  sql::Sql remove_messages;     // ?1 account, ?2 step, ?3 message ids
  sql::Sql remove_stand_ins;    // ?1 account, ?2 step, ?3 Message-ID headers
  sql::Sql mark_failed;         // ?1 account, ?2 step, ?3 message ids
  sql::Sql take_out;            // ?1 account, ?2 step, ?3 keys

  /// Key and size of what matches, newest first. ?1 connection, ?2 the only user or NULL, ?3 what
  /// WordIndex::query gives, ?4 the position that all are before, ?5 how many, ?6 conditions:
  /// [kind, is excluded, …]; ?7 the first position, ?8 and ?9 patterns of details and labels, or
  /// NULL, which decide most rows without reading their JSON.
  sql::Sql find_words;
  sql::Sql
      find_by_conditions;  // the same without a word to look for: ?3 must not be there, or NULL
  sql::Sql messages;       // ?1 connection, ?2 the only user or NULL, ?3 keys: archived_columns
  sql::Sql conversations;  // ?1 connection, ?2 the only user or NULL, ?3 before, ?4 how many
};

/// The differences between engines in finding words that are not one statement. Without state.
class WordIndex {
 public:
  virtual ~WordIndex() = default;

  /// What of a message is indexed, as parameters of `add_text`.
  struct Indexed {
    sql::Value first, second;
  };
  virtual Indexed indexed(std::int64_t account, const NewArchived& message) const = 0;

  /// What a query looks for; null when no words are needed.
  virtual sql::Value query(const SearchQuery& query) const = 0;

  /// Replaces what texts of this engine cannot hold.
  virtual void make_storable(NewArchived& message) const { static_cast<void>(message); }
  virtual void make_storable(NewLabels& change) const { static_cast<void>(change); }

  /// Adds the statements that index messages which were stored by the statements before.
  virtual void add(std::vector<sql::Statement>& statements, std::int64_t account,
                   const std::vector<std::int64_t>& keys) const {
    static_cast<void>(statements), static_cast<void>(account), static_cast<void>(keys);
  }
  /// Adds the last statements of every change, for an index that must be told what was removed,
  /// hidden or shown.
  virtual void tell(std::vector<sql::Statement>& statements) const {
    static_cast<void>(statements);
  }
  /// The same for what was removed of these keys only, which can then be used again.
  virtual void tell_of(std::vector<sql::Statement>& statements,
                       const std::vector<std::int64_t>& keys) const {
    static_cast<void>(statements), static_cast<void>(keys);
  }

  /// See Archives::scrub and Archives::scrub_removed.
  virtual Task<bool> scrub(sql::Database& database) const {
    static_cast<void>(database);
    co_return false;
  }
  virtual Task<void> scrub_removed(sql::Database& database) const {
    static_cast<void>(database);
    co_return;
  }
};

}  // namespace gmail_mcp::store
