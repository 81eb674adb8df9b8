#include "store/sql/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <barrier>
#include <boost/asio/post.hpp>
#include <thread>

#include "base/error.h"
#include "sql/testing/forwarding_database.h"
#include "store/testing/test_store.h"

namespace gmail_mcp::store {
namespace {

using ::testing::Each;
using ::testing::SizeIs;

// A database that counts its queries and can be told to refuse.
class Counting final : public sql::testing::ForwardingDatabase {
 public:
  using ForwardingDatabase::ForwardingDatabase;

  Task<sql::Rows> read(sql::Statement statement) override {
    ++reads;
    auto rows = co_await ForwardingDatabase::read(std::move(statement));
    if (refuses) throw Error{Errc::unavailable, "refused"};
    co_return rows;
  }

  std::atomic<int> reads = 0;
  std::atomic<bool> refuses = false;
};

class RememberingStore : public ::testing::Test {
 protected:
  RememberingStore() {
    const auto count = [this](std::unique_ptr<sql::Database> database) {
      auto counting = std::make_unique<Counting>(std::move(database));
      counting_ = counting.get();
      return counting;
    };
    testing::TestStore opened{clock_, *log_, testing::in_memory(), count, std::chrono::seconds{2}};
    store_ = std::move(opened).take();
    ann_ = run_to_end(loop_, store_->users().get_or_create(everyone_, ann_name_));
    connection_ = connect("ann@gmail.com");
    ann_ = run_to_end(loop_, store_->users().get_or_create(everyone_, ann_name_));
    clock_.advance(std::chrono::seconds{2});
    counting_->reads = 0;
  }

  model::Connection connect(const std::string& address) {
    NewCredential credential;
    credential.user_id = ann_.id;
    credential.gmail_address = address;
    credential.ciphertexts.access_token = "access";
    return run_to_end(loop_, store_->connections().save(everyone_, credential));
  }
  std::optional<model::Connection> find() {
    return run_to_end(loop_, store_->connections().find(everyone_, connection_.id));
  }
  std::vector<model::Connection> list() {
    const ConnectionFilter filter{.user = ann_name_};
    return run_to_end(loop_, store_->connections().list(everyone_, filter));
  }

  boost::asio::io_context loop_;
  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  Counting* counting_ = nullptr;  // the store's
  std::unique_ptr<Store> store_;
  model::Access everyone_ = model::Access::system("test");
  model::ExternalUserId ann_name_{"ann"};
  model::User ann_;
  model::Connection connection_;
};

TEST_F(RememberingStore, what_was_asked_is_remembered_for_two_seconds) {
  EXPECT_EQ(find(), connection_);
  EXPECT_EQ(find(), connection_);
  EXPECT_EQ(counting_->reads, 1);
  EXPECT_THAT(list(), SizeIs(1));
  EXPECT_THAT(list(), SizeIs(1));
  EXPECT_EQ(counting_->reads, 2);
  clock_.advance(std::chrono::milliseconds{1999});
  find();
  list();
  EXPECT_EQ(counting_->reads, 2);
  clock_.advance(std::chrono::milliseconds{1});
  find();
  list();
  EXPECT_EQ(counting_->reads, 4);
}

TEST_F(RememberingStore, a_user_is_looked_up_once) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(run_to_end(loop_, store_->users().find(everyone_, ann_name_)), ann_);
    EXPECT_EQ(run_to_end(loop_, store_->users().get_or_create(everyone_, ann_name_)), ann_);
  }
  EXPECT_EQ(counting_->reads, 1);
}

TEST_F(RememberingStore, what_is_not_there_is_remembered_too) {
  for (int i = 0; i < 3; ++i) {
    const model::ConnectionId nothing{"nothing"};
    EXPECT_EQ(run_to_end(loop_, store_->connections().find(everyone_, nothing)), std::nullopt);
  }
  EXPECT_EQ(counting_->reads, 1);
}

TEST_F(RememberingStore, questions_that_differ_in_anything_have_answers_of_their_own) {
  const model::ExternalUserId bob{"bob"};
  const std::vector<ConnectionFilter> filters{{.user = {}},
                                              {.user = ann_name_},
                                              {.user = bob},
                                              {.user = {}, .include_inactive = true},
                                              {.user = {}, .include_inactive = false, .limit = 0}};
  for (const auto& filter : filters) {
    run_to_end(loop_, store_->connections().list(everyone_, filter));
  }
  EXPECT_EQ(counting_->reads, 5);
}

TEST_F(RememberingStore, every_change_of_this_process_is_seen_at_once) {
  auto& connections = store_->connections();
  const RefreshedToken token{
      .access_token = "fresh", .refresh_token = "", .expires_at = {}, .scopes = {}};
  const auto& id = connection_.id;
  EXPECT_EQ(find()->version, 1);
  ASSERT_TRUE(run_to_end(loop_, connections.finish_refresh(everyone_, id, 1, token)));
  EXPECT_EQ(find()->version, 2);
  ASSERT_TRUE(
      run_to_end(loop_, connections.require_reconnect(everyone_, id, 2, CredentialLoss::refused)));
  EXPECT_EQ(find()->status, model::ConnectionStatus::reconnect_required);
  connect("ann@gmail.com");
  EXPECT_TRUE(find()->is_active());
  EXPECT_THAT(list(), SizeIs(1));
  connect("second@gmail.com");
  EXPECT_THAT(list(), SizeIs(2));
  run_to_end(loop_, connections.disconnect(everyone_, id, Erasure::everything));
  EXPECT_EQ(find()->status, model::ConnectionStatus::disconnected);
  EXPECT_THAT(list(), SizeIs(1));
  run_to_end(loop_, connections.begin_ending(everyone_, id, model::ConnectionStatus::removing,
                                             std::nullopt, Erasure::everything));
  EXPECT_EQ(find(), std::nullopt);
  run_to_end(loop_, connections.remove(everyone_, id, "spent"));
  EXPECT_EQ(find(), std::nullopt);
}

TEST_F(RememberingStore, callers_who_ask_together_share_one_question) {
  std::vector<Task<std::optional<model::Connection>>> together;
  for (int i = 0; i < 64; ++i) {
    together.push_back(store_->connections().find(everyone_, connection_.id));
  }
  EXPECT_THAT(run_to_end(loop_, run_all(std::move(together))), Each(connection_));
  EXPECT_EQ(counting_->reads, 1);
}

TEST_F(RememberingStore, threads_share_answers) {
  constexpr int threads = 8;
  std::barrier start{threads};
  std::vector<std::thread> running;
  std::atomic<int> right = 0;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&] {
      boost::asio::io_context loop;
      start.arrive_and_wait();
      for (int j = 0; j < 100; ++j) {
        const auto seen = run_to_end(loop, store_->connections().find(everyone_, connection_.id));
        if (seen == connection_) ++right;
      }
    });
  }
  for (auto& thread : running) thread.join();
  EXPECT_EQ(right, threads * 100);
  EXPECT_EQ(counting_->reads, 1);
}

TEST_F(RememberingStore, a_failure_reaches_all_who_wait_and_is_not_remembered) {
  counting_->refuses = true;
  int refused = 0;
  auto ask = [&]() -> Task<void> {
    try {
      co_await store_->connections().find(everyone_, connection_.id);
    } catch (const Error& error) {
      if (error.code == Errc::unavailable) ++refused;
    }
  };
  std::vector<Task<void>> together;
  for (int i = 0; i < 8; ++i) together.push_back(ask());
  run_to_end(loop_, run_all(std::move(together)));
  EXPECT_EQ(refused, 8);
  EXPECT_EQ(counting_->reads, 1);
  counting_->refuses = false;
  EXPECT_EQ(find(), connection_);
}

TEST_F(RememberingStore, a_question_that_began_before_a_change_does_not_answer_after_it) {
  // Both run on one loop: the query is under way while the change is made.
  std::optional<model::Connection> early, late;
  auto asks_early = [&]() -> Task<void> {
    early = co_await store_->connections().find(everyone_, connection_.id);
  };
  auto changes_and_asks = [&]() -> Task<void> {
    co_await store_->connections().require_reconnect(everyone_, connection_.id, 1,
                                                     CredentialLoss::refused);
    late = co_await store_->connections().find(everyone_, connection_.id);
  };
  std::vector<Task<void>> together;
  together.push_back(asks_early());
  together.push_back(changes_and_asks());
  run_to_end(loop_, run_all(std::move(together)));
  EXPECT_TRUE(early.has_value());
  EXPECT_EQ(late->status, model::ConnectionStatus::reconnect_required);
  EXPECT_EQ(find()->status, model::ConnectionStatus::reconnect_required);
}

TEST_F(RememberingStore, many_questions_do_not_grow_it_without_bound) {
  for (int i = 0; i < 10'000; ++i) {
    const model::ConnectionId id{"guess-" + std::to_string(i)};
    run_to_end(loop_, store_->connections().find(everyone_, id));
  }
  EXPECT_EQ(find(), connection_);
}

}  // namespace
}  // namespace gmail_mcp::store
