#include "store/sql/sqlite_archive.h"

#include <gtest/gtest.h>

#include "sql/migrate.h"
#include "sql/sqlite/sqlite.h"
#include "store/sql/migrations.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::store {
namespace {

class SqliteArchiveNumbers : public ::testing::Test {
 protected:
  SqliteArchiveNumbers() {
    sql::SqliteOptions options;
    options.path = ":memory:";
    database_ = sql::open_sqlite(options, *log_);
    run_to_end(loop_, sql::migrate(*database_, sqlite_migrations(), clock_));
    store_ = open_sql_store(*database_, clock_, *log_);
  }

  model::ConnectionId connect(const std::string& user) {
    const auto known =
        run_to_end(loop_, store_->users().get_or_create(everybody_, model::ExternalUserId{user}));
    NewCredential credential;
    credential.user_id = known.id;
    credential.gmail_address = user + "@gmail.com";
    credential.kind = model::ConnectionKind::app_password;
    credential.ciphertexts.app_password = "sealed";
    return run_to_end(loop_, store_->connections().save(everybody_, std::move(credential))).id;
  }
  bool begin(const model::ConnectionId& id) {
    return run_to_end(loop_, store_->archive().begin(everybody_, id));
  }
  std::int64_t highest_number() {
    sql::Statement statement{sql::Sql{"SELECT max(account) FROM archives"}};
    const sql::Rows rows = run_to_end(loop_, database_->read(std::move(statement)));
    return rows[0][0].integer();
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  model::Access everybody_ = model::Access::system("test");
  std::unique_ptr<sql::Database> database_;
  std::unique_ptr<Store> store_;
};

TEST_F(SqliteArchiveNumbers, are_not_used_up_by_archives_that_exist) {
  const auto ann = connect("ann");
  for (int i = 0; i < 50; ++i) EXPECT_TRUE(begin(ann));
  EXPECT_TRUE(begin(connect("bob")));
  EXPECT_EQ(highest_number(), 2);
  EXPECT_FALSE(begin(model::ConnectionId{"00000000-0000-4000-8000-000000000000"}));
}

}  // namespace
}  // namespace gmail_mcp::store
