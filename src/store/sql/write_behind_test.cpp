#include "store/sql/write_behind.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "sql/testing/forwarding_database.h"
#include "store/sql/parts.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::store {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

// A database that may refuse changes.
class Refusing final : public sql::testing::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;

  Task<std::vector<sql::Rows>> atomically(std::vector<sql::Statement> statements,
                                          sql::Urgency urgency) override {
    ++transactions;
    if (before_commit) before_commit();
    if (refuses) throw Error{Errc::unavailable, "The disk that holds the database is full."};
    co_return co_await ForwardingDatabase::atomically(std::move(statements), urgency);
  }

  bool refuses = false;
  int transactions = 0;
  std::function<void()> before_commit;
};

class WriteBehindTest : public ::testing::Test {
 protected:
  WriteBehindTest() {
    refusing_->transactions = 0;
    write_behind_ = std::make_unique<WriteBehind>(*refusing_, clock_, sqlite_dialect(), *log_);
  }

  void record(int count) {
    for (int i = 0; i < count; ++i) {
      AuditEntry entry;
      entry.duration_ms = next_++;
      write_behind_->record(std::move(entry));
    }
  }
  void flush() { run_to_end(loop_, write_behind_->flush()); }
  std::vector<std::int64_t> written() {
    sql::Statement statement{"SELECT duration_ms FROM audit ORDER BY id"};
    std::vector<std::int64_t> numbers;
    for (const auto& row : run_to_end(loop_, store_.database->read(std::move(statement)))) {
      numbers.push_back(row[0].integer());
    }
    return numbers;
  }
  void expect_all_in_order() {
    const auto numbers = written();
    ASSERT_THAT(numbers, SizeIs(next_));
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      ASSERT_EQ(numbers[i], static_cast<std::int64_t>(i));
    }
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::string lines_;
  std::unique_ptr<Log> log_ = Log::capture(lines_);
  Refusing* refusing_ = nullptr;  // the store's
  testing::TestStore store_{clock_, *log_, testing::in_memory(),
                            [this](std::unique_ptr<sql::Database> database) {
                              auto refusing = std::make_unique<Refusing>(std::move(database));
                              refusing_ = refusing.get();
                              return refusing;
                            }};
  std::unique_ptr<WriteBehind> write_behind_;
  std::int64_t next_ = 0;
};

TEST_F(WriteBehindTest, flushing_nothing_asks_nothing) {
  flush();
  EXPECT_EQ(refusing_->transactions, 0);
}

TEST_F(WriteBehindTest, many_entries_take_few_transactions) {
  record(1000);
  flush();
  expect_all_in_order();
  EXPECT_LE(refusing_->transactions, 2);
}

Task<void> record_with_room(WriteBehind& write_behind, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    co_await write_behind.room();
    AuditEntry entry;
    entry.duration_ms = i;
    write_behind.record(std::move(entry));
  }
}

TEST_F(WriteBehindTest, whoever_is_faster_than_the_disk_waits_for_room) {
  next_ = 100'000;
  run_to_end(loop_, record_with_room(*write_behind_, next_));
  EXPECT_GE(written().size(), 60'000U) << "few are in memory";
  flush();
  expect_all_in_order();
}

TEST_F(WriteBehindTest, a_full_batch_is_written_by_the_one_caller_who_finds_it) {
  next_ = 5000;
  run_to_end(loop_, record_with_room(*write_behind_, next_));
  EXPECT_THAT(written(), SizeIs(4096)) << "nobody waits for tens of thousands later";
  flush();
  expect_all_in_order();
}

TEST_F(WriteBehindTest, what_is_recorded_during_a_flush_is_kept_for_the_next) {
  record(3000);
  refusing_->before_commit = [this] { record(1); };
  flush();
  refusing_->before_commit = {};
  EXPECT_THAT(written(), SizeIs(3000));
  flush();
  expect_all_in_order();
}

TEST_F(WriteBehindTest, closing_writes_the_rest) {
  record(10);
  write_behind_.reset();
  expect_all_in_order();
}

TEST_F(WriteBehindTest, what_the_database_refuses_is_kept_in_order_until_it_takes_it) {
  refusing_->refuses = true;
  record(3000);
  try {
    flush();
    FAIL() << "the failure was hidden";
  } catch (const Error& error) {
    EXPECT_EQ(error.code, Errc::unavailable);
  }
  record(10);
  refusing_->refuses = false;
  flush();
  expect_all_in_order();
  log_->flush();
  EXPECT_THAT(lines_, HasSubstr("kept and tried again"));
}

TEST_F(WriteBehindTest, a_database_that_refuses_for_long_costs_rows_and_says_so_but_stops_nobody) {
  refusing_->refuses = true;
  record(10'000);
  EXPECT_THROW(flush(), Error);
  record(30'000);
  run_to_end(loop_, write_behind_->room());
  refusing_->refuses = false;
  flush();
  EXPECT_LT(written().size(), 40'000U);
  EXPECT_GE(written().size(), 30'000U);
  log_->flush();
  EXPECT_THAT(lines_, HasSubstr("audit rows are lost"));
}

TEST_F(WriteBehindTest, the_last_use_that_counts_is_the_latest) {
  sql::Statement user{"INSERT INTO users (id, external_user_id) VALUES ('u', 'ann')"};
  run_to_end(loop_, store_.database->write(std::move(user)));
  sql::Statement connection{
      "INSERT INTO connections (id, user_id, gmail_address, scopes) VALUES ('c', 'u', 'a', '[]')"};
  run_to_end(loop_, store_.database->write(std::move(connection)));
  write_behind_->touch(model::ConnectionId{"c"});
  clock_.advance(std::chrono::seconds{1});
  write_behind_->touch(model::ConnectionId{"c"});
  flush();
  sql::Statement last_use{"SELECT last_used_at FROM connections"};
  const auto rows = run_to_end(loop_, store_.database->read(std::move(last_use)));
  EXPECT_EQ(rows[0][0].time(), clock_.now());
}

}  // namespace
}  // namespace gmail_mcp::store
