#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "sql/database.h"

// The whole of a store as rows, in a form that every engine gives and takes: for backups, and for
// the way from one engine to another.
namespace gmail_mcp::store {

/// A table as it is dumped. Times are ISO 8601 text with milliseconds, booleans 0 and 1, ids and
/// sealed secrets as they are stored. What an engine derives (the index of words, contacts,
/// conversations) is not dumped, nor is what lives for minutes: leases, pending sign-ins; nor what
/// waits for approval, because a restored message could be approved, and sent, a second time.
struct DumpedTable {
  std::string_view name;
  std::vector<std::string_view> columns;
  /// Columns that name a row of an earlier table, by the place of the column and the table's; that
  /// row is known by its first column.
  struct Reference {
    std::size_t column = 0;
    std::size_t table = 0;
  };
  std::vector<Reference> references;
};

/// In the order in which they are loaded: a row comes after those that it refers to. A message of
/// an archive is one row, its texts included. Never ends while the program runs.
const std::vector<DumpedTable>& dumped_tables();

/// A `last` for DumpReader::after that lies just before the messages of this archive: they follow
/// each other.
sql::Row before_mails_of(std::int64_t account);

/// The number of rows by the table's name.
using DumpCounts = std::map<std::string, std::int64_t, std::less<>>;

/// Reads the rows as they are at one moment, while others change them. One caller at a time.
class DumpReader {
 public:
  virtual ~DumpReader() = default;

  /// False: the engine cannot show one moment for as long as a dump takes. Then rows may be there
  /// whose references are not.
  virtual bool is_of_one_moment() const = 0;
  /// The rows of the table that come after `last`, in a fixed order; an empty `last` begins. A few
  /// megabytes at most, unless one row is larger; none: that was all.
  virtual Task<sql::Rows> after(std::size_t table, sql::Row last) = 0;
};

class Dump {
 public:
  virtual ~Dump() = default;

  /// The store outlives the reader.
  virtual Task<std::unique_ptr<DumpReader>> read() = 0;
  virtual Task<DumpCounts> counts() = 0;

  /// The mark of a load that was begun and has not been finished.
  virtual Task<std::optional<std::string>> unfinished() = 0;
  /// Begins to load, or goes on with a load of the same mark. Throws `conflict` when there are rows
  /// already, also those of another unfinished load.
  virtual Task<void> begin_load(std::string mark) = 0;
  /// Puts these rows into the table; those that are there already stay as they are, so that an
  /// interrupted load may be repeated from its beginning. All or none of them. Bulk work. Nobody
  /// else may change the store between begin_load and finish_load.
  virtual Task<void> load(std::size_t table, sql::Rows rows) = 0;
  virtual Task<void> finish_load() = 0;
};

}  // namespace gmail_mcp::store
