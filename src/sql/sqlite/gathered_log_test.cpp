#include "sql/sqlite/gathered_log.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <cstdint>
#include <fstream>
#include <memory>
#include <string>

#include "sql/temp_folder.h"

namespace gmail_mcp::sql::sqlite {
namespace {

struct Close {
  void operator()(sqlite3* database) const { sqlite3_close(database); }
};
using Connection = std::unique_ptr<sqlite3, Close>;

class GatheredLog : public ::testing::Test {
 protected:
  Connection open(const char* file_system) const {
    sqlite3* database = nullptr;
    const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    EXPECT_EQ(sqlite3_open_v2((folder_ / "a.db").c_str(), &database, flags, file_system),
              SQLITE_OK);
    Connection connection{database};
    EXPECT_EQ(run(connection, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL"), SQLITE_OK);
    return connection;
  }
  static int run(const Connection& connection, const std::string& sql) {
    return sqlite3_exec(connection.get(), sql.c_str(), nullptr, nullptr, nullptr);
  }
  static std::int64_t number(const Connection& connection, const char* query) {
    sqlite3_stmt* statement = nullptr;
    EXPECT_EQ(sqlite3_prepare_v2(connection.get(), query, -1, &statement, nullptr), SQLITE_OK);
    EXPECT_EQ(sqlite3_step(statement), SQLITE_ROW);
    const auto number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return number;
  }
  static std::string rows(int count) {
    return "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < " +
           std::to_string(count) + ") INSERT INTO t SELECT i, randomblob(1000) FROM n";
  }

  TempFolder folder_;
};

// Calls of write(2) and its kin by this process.
std::int64_t calls_to_write() {
  std::ifstream file{"/proc/self/io"};
  for (std::string name; file >> name;) {
    std::int64_t value = 0;
    file >> value;
    if (name == "syscw:") return value;
  }
  return -1;
}

TEST_F(GatheredLog, a_change_of_many_pages_is_written_by_few_calls) {
  if (calls_to_write() < 0) GTEST_SKIP() << "this kernel does not count them";
  const auto ours = open(gathering_file_system());
  ASSERT_EQ(run(ours, "CREATE TABLE t (i, b)"), SQLITE_OK);
  const auto before = calls_to_write();
  ASSERT_EQ(run(ours, rows(120)), SQLITE_OK);
  const auto pages = number(ours, "PRAGMA page_count");
  EXPECT_GE(pages, 30);
  EXPECT_LE(calls_to_write() - before, 10) << "for " << pages << " pages";
}

TEST_F(GatheredLog, what_is_committed_is_there_for_other_connections) {
  const auto ours = open(gathering_file_system());
  const auto other = open(nullptr);
  ASSERT_EQ(run(ours, "CREATE TABLE t (i, b)"), SQLITE_OK);
  for (int i = 1; i <= 20; ++i) {
    ASSERT_EQ(run(ours, rows(i)), SQLITE_OK);
    EXPECT_EQ(number(other, "SELECT count(*) FROM t"), i * (i + 1) / 2);
  }
  ASSERT_EQ(run(other, "DELETE FROM t WHERE i > 1"), SQLITE_OK);
  EXPECT_EQ(number(ours, "SELECT count(*) FROM t"), 20);
  ASSERT_EQ(run(ours, "PRAGMA wal_checkpoint(TRUNCATE)"), SQLITE_OK);
  EXPECT_EQ(number(other, "SELECT count(*) FROM t"), 20);
}

TEST_F(GatheredLog, a_change_larger_than_the_memory_for_it_is_read_back_and_taken_back) {
  const auto ours = open(gathering_file_system());
  const auto other = open(nullptr);
  ASSERT_EQ(run(ours, "PRAGMA cache_size = 10; CREATE TABLE t (i, b); CREATE INDEX b ON t (b)"),
            SQLITE_OK);
  ASSERT_EQ(run(ours, "BEGIN"), SQLITE_OK);
  ASSERT_EQ(run(ours, rows(1000)), SQLITE_OK);
  EXPECT_EQ(number(ours, "SELECT count(*) FROM t WHERE length(b) = 1000"), 1000);
  EXPECT_EQ(number(other, "SELECT count(*) FROM t"), 0);
  ASSERT_EQ(run(ours, "ROLLBACK"), SQLITE_OK);
  EXPECT_EQ(number(ours, "SELECT count(*) FROM t"), 0);

  ASSERT_EQ(run(ours, rows(1000)), SQLITE_OK);
  EXPECT_EQ(number(other, "SELECT count(*) FROM t WHERE length(b) = 1000"), 1000);
  EXPECT_EQ(
      number(other, "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

}  // namespace
}  // namespace gmail_mcp::sql::sqlite
