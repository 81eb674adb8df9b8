#pragma once

#include <functional>
#include <memory>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "sql/sqlite/sqlite.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::store::testing {

/// Options of SQLite in memory: tests use these unless they say otherwise.
inline sql::SqliteOptions in_memory() { return {.path = ":memory:"}; }

/// A store for tests, with its schema, and its database for tests that look at the rows.
class TestStore {
 public:
  using Wrap = std::function<std::unique_ptr<sql::Database>(std::unique_ptr<sql::Database>)>;

  /// `wrap` puts another database in front of the opened one.
  TestStore(const Clock& clock, Log& log, sql::SqliteOptions options = in_memory(),
            const Wrap& wrap = {}, std::chrono::milliseconds remembers = {}) {
    auto opened = sql::open_sqlite(std::move(options), log);
    if (wrap) opened = wrap(std::move(opened));
    open(clock, log, std::move(opened), sqlite_dialect(), remembers);
  }
  /// In this database, which is empty.
  TestStore(const Clock& clock, Log& log, std::unique_ptr<sql::Database> opened,
            const Dialect& dialect) {
    open(clock, log, std::move(opened), dialect, {});
  }

  Store* operator->() const { return store_.get(); }
  Store& operator*() const { return *store_; }
  Store* get() const { return store_.get(); }
  std::unique_ptr<Store> take() && { return std::move(store_); }

  sql::Database* database;  // the store's

 private:
  void open(const Clock& clock, Log& log, std::unique_ptr<sql::Database> opened,
            const Dialect& dialect, std::chrono::milliseconds remembers) {
    database = opened.get();
    store_ = open_sql_store(std::move(opened), clock, log, dialect, remembers);
    boost::asio::io_context loop;
    run_to_end(loop, store_->migrate());
  }

  std::unique_ptr<Store> store_;
};

}  // namespace gmail_mcp::store::testing
