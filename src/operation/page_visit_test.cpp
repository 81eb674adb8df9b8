#include "operation/page_visit.h"

#include <gtest/gtest.h>

#include <boost/asio/io_context.hpp>

#include "mail/testing/memory_mailbox.h"
#include "sql/migrate.h"
#include "sql/sqlite/sqlite.h"
#include "store/sql/migrations.h"
#include "store/sql/sql_store.h"

namespace gmail_mcp::operation {
namespace {

class PageVisit : public ::testing::Test {
 protected:
  PageVisit() {
    run_to_end(loop_, sql::migrate(*database_, store::sqlite_migrations(), clock_));
    store_ = store::open_sql_store(*database_, clock_, *log_);
    services_.store = store_.get();
    services_.pool = &pool_;
    services_.account_added = [this](const model::Connection& connection) {
      added_.push_back(connection.id.str());
    };
  }

  std::vector<store::AuditEntry> audited() {
    run_to_end(loop_, store_->flush());
    return run_to_end(loop_, store_->audit().recent(model::Access::system("test"), 10));
  }
  model::FlowEnd visit(Task<model::FlowEnd> finish) {
    return run_to_end(loop_, finish_on_page(services_, "oauth_callback", std::move(finish)));
  }
  static Task<model::FlowEnd> connects() {
    model::FlowEnd end;
    end.connection.id = model::ConnectionId{"the-connection"};
    end.connection.external_user_id = model::ExternalUserId{"ann"};
    co_return end;
  }
  static Task<model::FlowEnd> fails() {
    throw Error{Errc::unavailable, "Google gave no answer."};
    co_return model::FlowEnd{};
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<sql::Database> database_ = sql::open_sqlite({.path = ":memory:"}, *log_);
  std::unique_ptr<store::Store> store_;
  mail::Pool pool_{
      [](const model::Connection&) -> std::unique_ptr<mail::Mailbox> { return nullptr; }, clock_};
  Services services_{.clock = clock_, .log = *log_};
  std::vector<std::string> added_;
};

TEST_F(PageVisit, that_connects_is_welcomed_and_in_the_audit) {
  EXPECT_EQ(visit(connects()).connection.id.str(), "the-connection");
  EXPECT_EQ(added_, std::vector<std::string>{"the-connection"});
  const auto rows = audited();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].operation, "oauth_callback");
  EXPECT_EQ(rows[0].outcome, "ok");
  EXPECT_EQ(rows[0].user_id, "ann");
  EXPECT_EQ(rows[0].connection_id, "the-connection");
  EXPECT_EQ(rows[0].caller, "flow:page");
  EXPECT_NE(rows[0].request_id, "");
}

TEST_F(PageVisit, that_fails_is_in_the_audit_with_its_code) {
  EXPECT_THROW(visit(fails()), Error);
  EXPECT_TRUE(added_.empty());
  const auto rows = audited();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].outcome, "unavailable");
}

}  // namespace
}  // namespace gmail_mcp::operation
