// Following a mailbox and leasing its connections, with a Dovecot.
#include "mail/imap_smtp/imap_feed.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "imap/testing/dovecot.h"
#include "mail/imap_smtp/labels.h"

namespace gmail_mcp::mail {
namespace {

using imap::StoreMode;
using imap::UidSet;
using imap::testing::Dovecot;
using namespace std::chrono_literals;

class FixedPassword final : public accounts::PasswordSource {
 public:
  explicit FixedPassword(std::string password) : password_{std::move(password)} {}

  Task<Secret> password() override { co_return Secret{password_}; }
  Task<Error> refused(Secret) override {
    ++refusals;
    const Error refusal{Errc::reconnect_required, "The App Password was refused."};
    co_return refusal;
  }

  int refusals = 0;

 private:
  std::string password_;
};

std::string numbered_letter(int number, std::size_t size = 0) {
  const auto n = std::to_string(number);
  auto text = "From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: letter " + n +
              "\r\nMessage-ID: <" + n + "@example.org>\r\nMIME-Version: 1.0\r\n";
  if (size == 0) return text + "Content-Type: text/plain\r\n\r\nHello number " + n + "\r\n";
  text +=
      "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\n"
      "See the file\r\n--x\r\nContent-Type: application/pdf; name=\"big.pdf\"\r\n"
      "Content-Transfer-Encoding: base64\r\n\r\n";
  for (std::size_t i = 0; i < size / 78; ++i) text += std::string(76, 'A') + "\r\n";
  return text + "--x--\r\n";
}

// What an archive would contain after the steps so far.
struct Kept {
  std::map<std::string, model::Message> messages;
  std::string cursor;
  std::set<std::string> seen;  // in a walk that began again
  bool is_walking = false;
  int steps = 0;

  void store(Step step) {
    ++steps;
    if (step.restarts) {
      seen.clear();
      is_walking = true;
    }
    for (const auto& id : step.removed) messages.erase(id.str());
    for (auto& message : step.added) {
      seen.insert(message.id.str());
      messages[message.id.str()] = std::move(message);
    }
    for (auto& [id, labels, date] : step.relabelled) {
      seen.insert(id.str());
      const auto at = messages.find(id.str());
      if (at != messages.end()) at->second.labels = std::move(labels);
    }
    cursor = step.cursor;
    if (!step.is_last || !is_walking) return;
    std::erase_if(messages, [&](const auto& one) { return !seen.contains(one.first); });
    is_walking = false;
  }

  const model::Message* with_subject(const std::string& subject) const {
    for (const auto& [id, message] : messages) {
      if (message.subject == subject) return &message;
    }
    return nullptr;
  }
};

class ImapFeedTest : public ::testing::Test {
 protected:
  ImapFeedTest() {
    options_.server = dovecot_.server();
    sessions_ = std::make_unique<Sessions>(loop_.get_executor(), options_, clock_, *log_);
  }

  ImapAccount account() { return {.address = dovecot_.address(), .password = password_}; }

  std::unique_ptr<Feed> open(FeedUse use = FeedUse::look_in) {
    const ImapFeeds shared{.sessions = *sessions_, .clock = clock_, .work_pool = &pool_};
    return open_imap_feed(shared, account(), use);
  }

  static Task<void> follow(Feed& feed, Kept& kept, std::size_t most = 50) {
    bool is_last = false;
    while (!is_last) {
      auto step = co_await feed.next(kept.cursor, most);
      is_last = step.is_last;
      kept.store(std::move(step));
    }
  }

  // Runs it, closes the sessions, and ends.
  void run(Task<void> task) {
    const auto all = [&]() -> Task<void> {
      std::exception_ptr failure;
      try {
        co_await std::move(task);
      } catch (...) {
        failure = std::current_exception();
      }
      co_await sessions_->close();
      if (failure) std::rethrow_exception(failure);
    };
    run_to_end(loop_, all());
  }

  boost::asio::io_context loop_;
  Dovecot dovecot_;
  SystemClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  WorkPool pool_{1};
  SessionOptions options_;
  std::unique_ptr<Sessions> sessions_;
  std::shared_ptr<FixedPassword> password_ =
      std::make_shared<FixedPassword>(std::string{Dovecot::password});
};

TEST_F(ImapFeedTest, TheFirstWalkBringsEverythingOnceNewestFirstAndNotAgain) {
  for (int i = 1; i <= 120; ++i) dovecot_.deliver(numbered_letter(i));
  dovecot_.deliver(numbered_letter(500), "Gesendet");
  const auto walk = [&]() -> Task<void> {
    const auto feed = open();
    Kept kept;
    auto first = co_await feed->next("", 50);
    EXPECT_EQ(first.added.size(), 50U);
    EXPECT_FALSE(first.is_last);
    EXPECT_FALSE(first.restarts);
    EXPECT_EQ(first.added.at(0).subject, "letter 120");
    kept.store(std::move(first));
    // Another feed continues from the cursor.
    co_await feed->rest();
    const auto other = open();
    co_await follow(*other, kept);
    EXPECT_EQ(kept.messages.size(), 121U);
    EXPECT_LE(kept.steps, 6);
    const auto* sent = kept.with_subject("letter 500");
    EXPECT_TRUE(sent != nullptr && sent->labels == (std::vector<std::string>{"UNREAD", "SENT"}));
    const auto* old = kept.with_subject("letter 7");
    EXPECT_TRUE(old != nullptr && old->body_plain == "Hello number 7\r\n");

    auto quiet = co_await other->next(kept.cursor, 50);
    EXPECT_TRUE(quiet.is_last);
    EXPECT_TRUE(quiet.added.empty());
    EXPECT_TRUE(quiet.relabelled.empty());
    EXPECT_EQ(quiet.cursor, kept.cursor);
  };
  run(walk());
}

TEST_F(ImapFeedTest, NewMailChangedLabelsAndRemovedMailAreFollowed) {
  for (int i = 1; i <= 5; ++i) dovecot_.deliver(numbered_letter(i));
  const auto changes = [&]() -> Task<void> {
    const auto feed = open();
    Kept kept;
    co_await follow(*feed, kept);
    EXPECT_EQ(kept.messages.size(), 5U);
    {
      auto other = co_await sessions_->acquire(account(), SessionUse::call);
      co_await other->select("INBOX");
      const UidSet second{2};
      std::vector<std::string> seen{"\\Seen", "\\Flagged"};
      co_await other->store_flags(second, StoreMode::add, std::move(seen));
      const UidSet third{3};
      co_await other->move(third, "Papierkorb");
      const UidSet fourth{4};
      std::vector<std::string> deleted{"\\Deleted"};
      co_await other->store_flags(fourth, StoreMode::add, std::move(deleted));
      co_await other->expunge(fourth);
      auto news = numbered_letter(6);
      co_await other->append("INBOX", std::move(news));
    }
    co_await follow(*feed, kept);
    EXPECT_EQ(kept.messages.size(), 5U);
    EXPECT_EQ(kept.with_subject("letter 2")->labels,
              (std::vector<std::string>{"INBOX", "STARRED"}));
    EXPECT_EQ(kept.with_subject("letter 3")->labels, (std::vector<std::string>{"UNREAD", "TRASH"}));
    EXPECT_EQ(kept.with_subject("letter 4"), nullptr);
    EXPECT_NE(kept.with_subject("letter 6"), nullptr);
    const auto steps = kept.steps;
    co_await follow(*feed, kept);
    EXPECT_EQ(kept.steps, steps + 1);
  };
  run(changes());
}

TEST_F(ImapFeedTest, OfAGreatMessageEverythingButTheFileIsFetched) {
  dovecot_.deliver(numbered_letter(1, std::size_t{3} << 20));
  const auto great = [&]() -> Task<void> {
    const auto feed = open();
    Kept kept;
    co_await follow(*feed, kept);
    const auto* message = kept.with_subject("letter 1");
    EXPECT_TRUE(message != nullptr);
    if (message == nullptr) co_return;
    EXPECT_EQ(message->body_plain, "See the file");
    EXPECT_EQ(message->attachments.size(), 1U);
    EXPECT_EQ(message->attachments.at(0).filename, "big.pdf");
    EXPECT_GT(message->attachments.at(0).size, 2 << 20);
  };
  run(great());
}

TEST_F(ImapFeedTest, AMessageWhoseStructureIsTooLongIsArchivedFromItsSource) {
  const std::string name(std::size_t{2} << 20, 'n');
  dovecot_.deliver(
      "From: a@b.example\r\nSubject: names\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"
      "--x\r\n\r\nSee the file\r\n--x\r\nContent-Disposition: attachment; filename=\"" +
      name + "\"\r\n\r\nx\r\n--x--\r\n");
  const auto endless = [&]() -> Task<void> {
    const auto feed = open();
    Kept kept;
    co_await follow(*feed, kept);
    const auto* message = kept.with_subject("names");
    EXPECT_TRUE(message != nullptr);
    if (message == nullptr) co_return;
    EXPECT_EQ(message->body_plain, "See the file");
    EXPECT_EQ(message->attachments.size(), 1U);
  };
  run(endless());
}

TEST_F(ImapFeedTest, ACursorOfAnotherKindBeginsAgain) {
  dovecot_.deliver(numbered_letter(1));
  const auto again = [&]() -> Task<void> {
    const auto feed = open();
    Kept kept;
    kept.messages["of another server"] = {};
    kept.cursor = "12345";
    co_await follow(*feed, kept);
    EXPECT_EQ(kept.messages.size(), 1U);
  };
  run(again());
}

TEST_F(ImapFeedTest, WhoWaitsIsToldOfMailBeforeAndAfterItBegan) {
  dovecot_.deliver(numbered_letter(1));
  const auto watch = [&]() -> Task<void> {
    const auto feed = open(FeedUse::watch);
    Kept kept;
    co_await follow(*feed, kept);
    EXPECT_TRUE(feed->can_wait());
    dovecot_.deliver(numbered_letter(2));
    co_await feed->wait();
    co_await follow(*feed, kept);
    EXPECT_EQ(kept.messages.size(), 2U);

    const auto executor = co_await current_executor();
    TaskGroup group{executor};
    group.spawn(feed->wait());
    auto other = co_await sessions_->acquire(account(), SessionUse::call);
    auto news = numbered_letter(3);
    co_await other->append("INBOX", std::move(news));
    co_await group.join();
    co_await follow(*feed, kept);
    EXPECT_EQ(kept.messages.size(), 3U);
  };
  run(watch());
}

TEST_F(ImapFeedTest, ConnectionsAreUsedAgainAndNeverMoreThanAllowed) {
  const auto use = [&]() -> Task<void> {
    int under_way = 0;
    int most = 0;
    std::function<Task<int>(imap::Client&)> work = [&](imap::Client& client) -> Task<int> {
      most = std::max(most, ++under_way);
      co_await client.noop();
      --under_way;
      co_return 1;
    };
    std::vector<Task<int>> many;
    for (int i = 0; i < 20; ++i) many.push_back(sessions_->read<int>(account(), work));
    co_await run_all(std::move(many));
    EXPECT_LE(most, 2);
    EXPECT_LE(sessions_->counts().open, 2U);
    EXPECT_EQ(sessions_->counts().open, sessions_->counts().unused);

    std::optional<SessionLease> first;
    first.emplace(co_await sessions_->acquire(account(), SessionUse::call));
    EXPECT_TRUE(first->was_used());
    const auto second = co_await sessions_->acquire(account(), SessionUse::call);
    // The third waits for one of them.
    const auto executor = co_await current_executor();
    TaskGroup group{executor};
    bool has_third = false;
    const auto third = [&]() -> Task<void> {
      const auto lease = co_await sessions_->acquire(account(), SessionUse::call);
      has_third = lease.was_used();
    };
    group.spawn(third());
    // A watcher comes in addition.
    const auto watcher = co_await sessions_->acquire(account(), SessionUse::watch);
    EXPECT_FALSE(watcher.was_used());
    EXPECT_FALSE(has_third);
    EXPECT_EQ(sessions_->counts().open, 3U);
    first.reset();
    co_await group.join();
    EXPECT_TRUE(has_third);
  };
  run(use());
}

TEST_F(ImapFeedTest, AConnectionIsNotSharedWithWhoHasAnotherPassword) {
  const auto strangers = [&]() -> Task<void> {
    { auto mine = co_await sessions_->acquire(account(), SessionUse::call); }
    const auto wrong = std::make_shared<FixedPassword>("guessed");
    const ImapAccount stranger{.address = dovecot_.address(), .password = wrong};
    std::optional<Errc> code;
    try {
      co_await sessions_->acquire(stranger, SessionUse::call);
    } catch (const Error& error) {
      code = error.code;
    }
    EXPECT_EQ(code, Errc::reconnect_required);
    EXPECT_EQ(wrong->refusals, 1);
    EXPECT_EQ(password_->refusals, 0);
    auto mine = co_await sessions_->acquire(account(), SessionUse::call);
    EXPECT_TRUE(mine.was_used());
  };
  run(strangers());
}

TEST_F(ImapFeedTest, ADeadConnectionIsReplacedOnceForWhatMayBeRepeated) {
  const auto dead = [&]() -> Task<void> {
    int calls = 0;
    std::function<Task<int>(imap::Client&)> work = [&](imap::Client& client) -> Task<int> {
      if (++calls == 2) client.close();
      co_await client.noop();
      co_return calls;
    };
    co_await sessions_->read<int>(account(), work);
    const auto after = co_await sessions_->read<int>(account(), work);
    EXPECT_EQ(after, 3);
  };
  run(dead());
}

}  // namespace
}  // namespace gmail_mcp::mail
