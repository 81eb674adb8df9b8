#include "store/sql/sql_store.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>

#include "base/error.h"
#include "crypto/random.h"
#include "sql/temp_folder.h"
#include "sql/testing/forwarding_database.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::store {
namespace {

// No file grows while this lives, as on a disk that is full.
class FullDisk {
 public:
  FullDisk() : signal_{std::signal(SIGXFSZ, SIG_IGN)} {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    auto limit = before_;
    limit.rlim_cur = 1;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  void (*signal_)(int);
  rlimit before_{};
};

TEST(SqlStore, checks_that_what_it_writes_lasts) {
  boost::asio::io_context loop;
  const sql::TempFolder folder;
  const auto path = folder / "a.db";
  ManualClock clock;
  const auto log = Log::silent();
  const testing::TestStore store{clock, *log, {.path = path}};
  const auto trouble = [&]() -> std::string {
    try {
      run_to_end(loop, store->check());
    } catch (const Error& error) {
      return std::string{to_string(error.code)};
    }
    return "none";
  };
  EXPECT_EQ(trouble(), "none");
  {
    const FullDisk full;
    EXPECT_EQ(trouble(), "unavailable");
  }
  EXPECT_EQ(trouble(), "none") << "it is over when there is room again";
  std::filesystem::remove(path);
  EXPECT_EQ(trouble(), "unavailable");
}

// A server whose answer is lost after the change was made.
class LosingAnswers final : public sql::testing::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;

  Task<std::vector<sql::Rows>> atomically(std::vector<sql::Statement> statements,
                                          sql::Urgency urgency) override {
    auto results = co_await ForwardingDatabase::atomically(std::move(statements), urgency);
    if (loses > 0) {
      --loses;
      throw Error{Errc::unavailable, "The connection to the database ended."};
    }
    co_return results;
  }

  int loses = 0;
};

TEST(SqlStore, a_send_whose_row_was_made_without_an_answer_is_begun_by_who_made_it) {
  boost::asio::io_context loop;
  ManualClock clock;
  const auto log = Log::silent();
  LosingAnswers* losing = nullptr;
  const testing::TestStore store{clock, *log, testing::in_memory(),
                                 [&](std::unique_ptr<sql::Database> inner) {
                                   auto made = std::make_unique<LosingAnswers>(std::move(inner));
                                   losing = made.get();
                                   return made;
                                 }};
  const auto everyone = model::Access::system("test");
  const auto ann =
      run_to_end(loop, store->users().get_or_create(everyone, model::ExternalUserId{"ann"}));
  NewCredential credential;
  credential.user_id = ann.id;
  credential.gmail_address = "ann@gmail.com";
  const auto connection = run_to_end(loop, store->connections().save(everyone, credential));
  for (const auto* key : {"key", ""}) {
    SendRecord record;
    record.id = crypto::random_uuid();
    record.user_id = ann.id;
    record.connection_id = connection.id;
    record.tool = "gmail_send";
    record.idempotency_key = key;
    losing->loses = 1;
    const auto begun = run_to_end(loop, store->sends().begin(everyone, record, {}));
    EXPECT_TRUE(begun.created);
    EXPECT_EQ(begun.record.id, record.id);
    const auto since = clock.now() - std::chrono::hours{1};
    EXPECT_EQ(run_to_end(loop, store->sends().count_since(everyone, connection.id, since)),
              *key == '\0' ? 2 : 1);
  }
  losing->loses = 2;  // the database is in trouble: that is told
  SendRecord record;
  record.id = crypto::random_uuid();
  record.user_id = ann.id;
  record.connection_id = model::ConnectionId{"nothing"};
  EXPECT_THROW(run_to_end(loop, store->sends().begin(everyone, record, {})), Error);
}

}  // namespace
}  // namespace gmail_mcp::store
