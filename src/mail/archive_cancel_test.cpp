#include <gtest/gtest.h>

#include "mail/archive.h"
#include "store/stored_play_test.h"

namespace gmail_mcp::mail {
namespace {

constexpr std::size_t letters_there = 5;

model::Message letter_of(std::size_t number) {
  model::Message message;
  message.id = model::MessageId{std::to_string(number)};
  message.thread_id = model::ThreadId{"t"};
  message.subject = "Letter";
  message.from = {.name = "Bob", .email = "bob@x.com"};
  message.date = Timestamp{std::chrono::seconds{1'767'225'600 + static_cast<int>(number)}};
  message.labels = {"INBOX"};
  return message;
}

// Two letters per step; a step takes several turns of the loop, in which it uses the feed.
class SlowFeed final : public Feed {
 public:
  SlowFeed(boost::asio::io_context& loop, int& turns) : loop_{loop}, turns_{turns} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    for (int i = 0; i < 3; ++i) {
      co_await boost::asio::post(loop_, use_task);
      ++turns_;
    }
    Step step;
    auto told = cursor.empty() ? std::size_t{0} : std::stoul(cursor);
    while (told < letters_there && step.added.size() < most)
      step.added.push_back(letter_of(told++));
    step.is_last = told == letters_there;
    step.cursor = std::to_string(told);
    co_return step;
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>&) override {
    return std::nullopt;
  }
  Task<Anew> read_again(std::vector<model::MessageId> ids) override {
    Anew anew;
    for (const auto& id : ids) {
      co_await boost::asio::post(loop_, use_task);
      ++turns_;
      anew.messages.push_back(letter_of(std::stoul(id.str())));
    }
    co_return anew;
  }
  bool can_wait() const override { return false; }
  Task<void> wait() override { co_return; }
  Task<void> rest() override {
    co_await boost::asio::post(loop_, use_task);
    ++turns_;
  }

 private:
  boost::asio::io_context& loop_;
  int& turns_;
};

// An archive of one mailbox. Whatever interfered, the next sync completes it.
class Syncing : public store::StoredPlay {
 public:
  explicit Syncing(boost::asio::io_context& on) : store::StoredPlay{on} {
    Archive::Options options;
    options.step = 2;
    archive_ = std::make_unique<Archive>(
        *store_,
        [this](const model::Connection&, FeedUse) {
          return std::make_unique<SlowFeed>(loop, turns_);
        },
        [](const model::MailboxNews&) {}, clock_, *log_, options);
  }

  Task<void> act() override { return sync_with_own_feed(); }

  void judge() override {
    run(whole());
    const auto page = run(store_->archive().history(all_, connection_.id, "bob@x.com", 100, ""));
    EXPECT_EQ(page.messages.size(), letters_there);
  }

 protected:
  // Like the watch of a mailbox: the feed belongs to the caller, and is gone when the caller
  // leaves.
  Task<void> sync_with_own_feed() {
    SlowFeed feed{loop, turns_};
    co_await archive_->sync(connection_, feed, 10);
  }
  Task<void> sync_by_shared_run() { co_await archive_->sync(connection_, 10); }

  Task<void> whole() {
    co_await side_.join();
    co_await archive_->drain();
    const auto synced = co_await archive_->sync(connection_, 10);
    EXPECT_TRUE(synced.is_complete);
  }

  int turns_ = 0;  // taken by its feeds
  std::unique_ptr<Archive> archive_;
};

class SharedSync final : public Syncing {
 public:
  using Syncing::Syncing;
  Task<void> act() override { return sync_by_shared_run(); }
};

// It has to wait for one that asked before it, and then for its own.
class LateSync : public Syncing {
 public:
  using Syncing::Syncing;
  Task<void> act() override {
    side_.spawn(sync_with_own_feed());
    // A run that is stopped before that never asks.
    for (int i = 0; i < 100 && turns_ == 0; ++i) co_await yield();
    co_await sync_by_shared_run();
  }
};

class StoppedLateSync final : public LateSync {
 public:
  using LateSync::LateSync;
  void interfere(boost::asio::cancellation_signal&) override {
    side_.spawn(archive_->stop(connection_.id));
  }
};

class ClosedLateSync final : public LateSync {
 public:
  using LateSync::LateSync;
  void interfere(boost::asio::cancellation_signal&) override { side_.spawn(archive_->drain()); }
};

// An earlier version read the stored messages.
class Rereads : public Syncing {
 public:
  explicit Rereads(boost::asio::io_context& on) : Syncing{on} {
    run(whole());
    sql::Statement misread{sql::Sql{"UPDATE archive_messages SET reading = 0, subject = ''"}};
    run(forget(std::move(misread)));
  }

  void judge() override {
    Syncing::judge();
    run(sync_with_own_feed());
    const auto page = run(store_->archive().history(all_, connection_.id, "bob@x.com", 100, ""));
    for (const auto& one : page.messages) EXPECT_EQ(one.message.subject, "Letter");
  }

 private:
  Task<void> forget(sql::Statement misread) { co_await store_.database->write(std::move(misread)); }
};

// A caller who shares a run is answered before that; it continues without them.
class SharedRereads : public Rereads {
 public:
  using Rereads::Rereads;
  Task<void> act() override {
    co_await sync_by_shared_run();
    for (int i = 0; i < turns_it_takes; ++i) co_await yield();
  }

 private:
  static constexpr int turns_it_takes = 60;
};

class StoppedRereads final : public SharedRereads {
 public:
  using SharedRereads::SharedRereads;
  void interfere(boost::asio::cancellation_signal&) override {
    side_.spawn(archive_->stop(connection_.id));
  }
};

class ErasedRereads final : public SharedRereads {
 public:
  using SharedRereads::SharedRereads;
  void interfere(boost::asio::cancellation_signal&) override {
    side_.spawn(archive_->erase(connection_.id));
  }
};

// The account is removed or disconnected during the run.
class StoppedSync final : public Syncing {
 public:
  using Syncing::Syncing;
  void interfere(boost::asio::cancellation_signal&) override {
    side_.spawn(archive_->stop(connection_.id));
  }
};

class ClosedArchive final : public Syncing {
 public:
  using Syncing::Syncing;
  void interfere(boost::asio::cancellation_signal&) override { side_.spawn(archive_->drain()); }
};

// A second sync begins and the first is cancelled, as the watch does for an account that is added
// again.
class SecondSync final : public Syncing {
 public:
  using Syncing::Syncing;
  void interfere(boost::asio::cancellation_signal& caller) override {
    side_.spawn(sync_with_own_feed());
    Syncing::interfere(caller);
  }
};

// The caller who removes an account is cancelled: the removal has ended, whatever was running.
class CancelledErasing final : public Syncing {
 public:
  using Syncing::Syncing;
  Task<void> act() override {
    side_.spawn(sync_with_own_feed());
    co_await yield();
    co_await archive_->erase(connection_.id);
  }
};

TEST(ArchiveCancelled, at_every_point_a_run_ends_before_the_feed_that_it_borrows) {
  EXPECT_GT(interfere_at_every_point<Syncing>("sync with a feed of one's own"), 20U);
}

TEST(ArchiveCancelled, at_every_point_of_a_shared_run_its_caller_may_leave) {
  EXPECT_GT(interfere_at_every_point<SharedSync>("sync by a shared run"), 20U);
}

TEST(ArchiveCancelled, at_every_point_of_waiting_for_two_runs_all_may_end) {
  EXPECT_GT(interfere_at_every_point<LateSync>("sync after a run"), 30U);
  EXPECT_GT(interfere_at_every_point<StoppedLateSync>("sync after a run, stopped"), 30U);
  EXPECT_GT(interfere_at_every_point<ClosedLateSync>("sync after a run, closed"), 30U);
}

TEST(ArchiveCancelled, at_every_point_of_reading_anew_it_may_end_and_goes_on_later) {
  EXPECT_GT(interfere_at_every_point<Rereads>("reading anew over a feed of one's own"), 20U);
  EXPECT_GT(interfere_at_every_point<SharedRereads>("reading anew behind a shared run"), 60U);
  EXPECT_GT(interfere_at_every_point<StoppedRereads>("reading anew stopped"), 60U);
  EXPECT_GT(interfere_at_every_point<ErasedRereads>("reading anew while it is erased"), 60U);
}

TEST(ArchiveCancelled, at_every_point_a_run_may_be_stopped) {
  EXPECT_GT(interfere_at_every_point<StoppedSync>("sync stopped"), 20U);
}

TEST(ArchiveCancelled, at_every_point_the_archive_may_close) {
  EXPECT_GT(interfere_at_every_point<ClosedArchive>("sync while the archive closes"), 20U);
}

TEST(ArchiveCancelled, at_every_point_another_run_may_take_over) {
  EXPECT_GT(interfere_at_every_point<SecondSync>("sync while another begins"), 20U);
}

TEST(ArchiveCancelled, at_every_point_of_an_erasure_its_caller_may_leave) {
  EXPECT_GT(interfere_at_every_point<CancelledErasing>("erase"), 5U);
}

}  // namespace
}  // namespace gmail_mcp::mail
