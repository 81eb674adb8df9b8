#pragma once

#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>

#include "base/error.h"
#include "sql/database.h"

namespace gmail_mcp::sql::sqlite {

enum class Role { writer, reader };

/// One open SQLite connection and its prepared statements. A resource for one thread at a time.
class Handle {
 public:
  /// `path` may be ":memory:". Throws Errc::misconfigured, naming the path, when it is no database
  /// of ours to open.
  Handle(const std::string& path, Role role, std::chrono::milliseconds busy_timeout);

  /// Runs one statement to its end.
  Rows run(Sql sql, std::span<const Value> parameters = {});
  Rows run(const Statement& statement) { return run(statement.sql, statement.parameters); }

  /// False once SQLite has rolled back by itself, as it does when the disk is full.
  bool in_transaction() const { return sqlite3_get_autocommit(database_.get()) == 0; }

  void roll_back() noexcept;

  /// Moves the write-ahead log into the database and cuts it to nothing, so that what was erased is
  /// gone from both. False when others are reading; nothing is lost then.
  bool truncate_log();

 private:
  struct Close {
    void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
  };
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };

  void configure(Role role);
  void use_write_ahead_log();
  sqlite3_stmt* prepared(const char* text);

  Error failure(int code, const char* statement) const;

  std::chrono::milliseconds busy_timeout_;
  std::string path_;
  bool is_open_ = false;
  std::unique_ptr<sqlite3, Close> database_;
  // By address: a statement is a literal of the program.
  std::unordered_map<const char*, std::unique_ptr<sqlite3_stmt, Finalize>> statements_;
};

/// Begun when made, rolled back when destroyed, unless committed.
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
