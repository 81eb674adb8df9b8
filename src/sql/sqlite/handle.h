#pragma once

#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "sql/database.h"

namespace gmail_mcp::sql::sqlite {

/// A `stranger`'s file may be made to block its reader: by an endless view, by a computed column.
/// It is read within limits.
enum class Role { writer, reader, stranger };

/// One open SQLite connection and its prepared statements. A resource for one thread at a time.
class Handle {
 public:
  /// `path` may be ":memory:". Throws Errc::misconfigured, naming the path, when it cannot be
  /// opened as a database of ours.
  Handle(const std::string& path, Role role, std::chrono::milliseconds busy_timeout);

  /// Runs one statement to its end.
  Rows run(Sql sql, std::span<const Value> parameters = {});
  Rows run(const Statement& statement) { return run(statement.sql, statement.parameters); }

  /// Whether it may change the database.
  bool is_change(Sql sql) { return sqlite3_stmt_readonly(prepared(sql.text())) == 0; }

  /// False once SQLite has rolled back by itself, as it does when the disk is full.
  bool in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

  void roll_back() noexcept;

  /// Moves the write-ahead log into the database and empties it, so that what was erased is gone
  /// from both. False when others are reading; nothing is lost then.
  bool truncate_log();

  /// Frees the memory of pages that were read before and may be read again.
  void forget_pages();

  /// Database::compact.
  bool compact(std::optional<std::int64_t> most_bytes);

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  void configure(Role role);
  void bound_by_limits();
  static int count_steps(void* self);
  void use_write_ahead_log();
  sqlite3_stmt* prepared(const char* text);

  Error failure(int code, const char* statement) const;

  // Limits the memory of SQLite in this process while a stranger's file is open.
  class HeapLimit {
   public:
    HeapLimit();
    HeapLimit(const HeapLimit&) = delete;
    HeapLimit& operator=(const HeapLimit&) = delete;
    ~HeapLimit();

   private:
    static std::atomic<int> open_;
  };

  std::optional<HeapLimit> heap_limit_;
  std::int64_t steps_left_ = 0;            // for a stranger's file
  std::optional<std::size_t> most_bytes_;  // of one answer

  std::chrono::milliseconds busy_timeout_;
  std::string path_;
  bool is_open_ = false;
  std::unique_ptr<sqlite3, Close> database_;
  // By address, because a statement is a literal of the program.
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// Begins when made; rolls back when destroyed, unless committed.
class Transaction {
 public:
  explicit Transaction(Handle& handle) : handle_{handle} { handle_.run("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (handle_.in_transaction()) handle_.roll_back();
  }

  void commit() { handle_.run("COMMIT"); }

 private:
  Handle& handle_;
};

}  // namespace gmail_mcp::sql::sqlite
