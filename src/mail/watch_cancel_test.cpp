#include <gtest/gtest.h>

#include "mail/archive.h"
#include "mail/watch.h"
#include "store/stored_play_test.h"

namespace gmail_mcp::mail {
namespace {

// A mailbox that has something new at every step, takes some turns of the loop for it, and uses its
// members meanwhile.
class BusyFeed final : public Feed {
 public:
  explicit BusyFeed(boost::asio::io_context& loop) : loop_{loop} {}

  Task<Step> next(std::string cursor, std::size_t) override {
    co_await turns(4);
    Step step;
    const auto told = cursor.empty() ? 0 : std::stoi(cursor);
    step.is_last = told % 2 == 1;
    step.cursor = std::to_string(told + 1);
    co_return step;
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>&) override {
    return std::nullopt;
  }
  Task<Anew> read_again(std::vector<model::MessageId> /*ids*/) override { co_return Anew{}; }
  bool can_wait() const override { return true; }
  Task<void> wait() override { return turns(3); }
  Task<void> rest() override { return turns(1); }

 private:
  Task<void> turns(int count) {
    for (int i = 0; i < count; ++i) {
      co_await boost::asio::post(loop_, use_task);
      ++taken_;
    }
  }

  boost::asio::io_context& loop_;
  int taken_ = 0;
};

// A watch over one mailbox, with a real archive, for forty turns.
class WatchedOnly : public store::StoredPlay {
 public:
  explicit WatchedOnly(boost::asio::io_context& on) : store::StoredPlay{on} {
    auto open = [this](const model::Connection&, FeedUse) {
      return std::make_unique<BusyFeed>(loop);
    };
    archive_ = std::make_unique<Archive>(
        *store_, open, [](const model::MailboxNews&) {}, clock_, *log_, Archive::Options{});
    Watched watched;
    watched.connections = [this]() -> Task<std::vector<model::Connection>> {
      std::vector<model::Connection> all{connection_};
      co_return all;
    };
    watched.open = open;
    watched.sync = [this](model::Connection connection, Feed& feed) -> Task<void> {
      co_await archive_->sync(std::move(connection), feed, 0);
    };
    WatchOptions options;
    options.process_id = "us";
    watch_ = std::make_unique<Watch>(loop.get_executor(), store_->leases(), std::move(watched),
                                     clock_, *log_, std::move(options));
  }

  Task<void> act() override {
    watch_->start();
    for (int i = 0; i < 40; ++i) co_await yield();
    co_await watch_->close();
  }

  void judge() override {
    run(end());
    EXPECT_EQ(watch_->counts().waiting + watch_->counts().polled, 0U);
  }

 protected:
  Task<void> end() {
    co_await side_.join();
    co_await watch_->close();
    co_await archive_->drain();
  }

  std::unique_ptr<Archive> archive_;
  std::unique_ptr<Watch> watch_;
};

// The same account is added a second time: a double click.
class WatchedAddedAgain final : public WatchedOnly {
 public:
  using WatchedOnly::WatchedOnly;
  void interfere(boost::asio::cancellation_signal&) override { watch_->add(connection_); }
};

class WatchedRemoved : public WatchedOnly {
 public:
  using WatchedOnly::WatchedOnly;
  void interfere(boost::asio::cancellation_signal&) override { side_.spawn(remove()); }

 protected:
  Task<void> remove() {
    co_await watch_->remove(connection_.id);
    co_await archive_->erase(connection_.id);
  }
};

class WatchedRemovedAndAdded final : public WatchedRemoved {
 public:
  using WatchedRemoved::WatchedRemoved;
  void interfere(boost::asio::cancellation_signal&) override {
    side_.spawn(remove());
    watch_->add(connection_);
  }
};

class WatchedClosed final : public WatchedOnly {
 public:
  using WatchedOnly::WatchedOnly;
  void interfere(boost::asio::cancellation_signal&) override { side_.spawn(watch_->close()); }
};

TEST(WatchCancelled, at_every_point_its_owner_may_be_cancelled) {
  EXPECT_GT(interfere_at_every_point<WatchedOnly>("watch"), 100U);
}

TEST(WatchCancelled, at_every_point_an_account_may_be_added_again) {
  EXPECT_GT(interfere_at_every_point<WatchedAddedAgain>("watch, account added again"), 100U);
}

TEST(WatchCancelled, at_every_point_an_account_may_be_removed) {
  EXPECT_GT(interfere_at_every_point<WatchedRemoved>("watch, account removed"), 100U);
}

TEST(WatchCancelled, at_every_point_an_account_may_be_removed_and_added) {
  EXPECT_GT(interfere_at_every_point<WatchedRemovedAndAdded>("watch, account removed and added"),
            100U);
}

TEST(WatchCancelled, at_every_point_it_may_be_closed) {
  EXPECT_GT(interfere_at_every_point<WatchedClosed>("watch closed"), 100U);
}

}  // namespace
}  // namespace gmail_mcp::mail
