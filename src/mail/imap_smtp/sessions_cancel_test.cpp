#include <gtest/gtest.h>

#include <optional>

#include "base/cancel_points_test.h"
#include "mail/imap_smtp/sessions.h"
#include "sandbox/sandbox.h"

namespace gmail_mcp::mail {
namespace {

constexpr const char* alex = "alex.morgan@gmail.example";

class GivenPassword final : public accounts::PasswordSource {
 public:
  explicit GivenPassword(std::string password) : password_{std::move(password)} {}

  Task<Secret> password() override { co_return Secret{password_}; }
  Task<Error> refused(Secret) override {
    const Error refusal{Errc::reconnect_required, "The App Password was refused."};
    co_return refusal;
  }

 private:
  std::string password_;
};

// The connections of one account, which may have one, at a mail server on the same loop. Whatever
// comes in between: nobody keeps an unused place, and the next caller reads.
class Leasing : public Play {
 public:
  explicit Leasing(boost::asio::io_context& on)
      : Play{on}, side_{on.get_executor(), [this](const std::exception_ptr& thrown) {
                          EXPECT_TRUE(was_closed_) << what_is_thrown(thrown);
                        }} {
    sandbox::Options options;
    options.seed_mail = false;
    options.smtp_port = std::nullopt;
    google_ = sandbox::Sandbox::start(loop, std::move(options), clock_, *log_);
    SessionOptions sessions;
    sessions.server.host = "127.0.0.1";
    sessions.server.port = google_->imap_port();
    sessions.server.encryption = imap::Encryption::none;
    sessions.per_account = 1;
    sessions.patience = std::chrono::seconds{20};
    sessions_.emplace(loop.get_executor(), std::move(sessions), clock_, *log_);
  }

  // Twice, the second time on the connection of the first.
  Task<void> act() override {
    co_await list_folders();
    co_await list_folders();
  }

  void judge() override { run(end()); }

 protected:
  ImapAccount account(std::string password) {
    return {.address = alex, .password = std::make_shared<GivenPassword>(std::move(password))};
  }
  ImapAccount account() { return account(google_->app_password(alex)); }

  Task<void> list_folders() {
    auto mine = account();
    auto lease = co_await sessions_->acquire(std::move(mine), SessionUse::call);
    const auto folders = co_await lease->folders();
    EXPECT_FALSE(folders.empty());
  }

  // The next caller, unless there is none any more.
  Task<void> next() {
    if (was_closed_) {
      bool is_refused = false;
      try {
        co_await list_folders();
      } catch (const Error&) {
        is_refused = true;
      }
      EXPECT_TRUE(is_refused) << "nothing is opened behind the back of who closes";
    } else {
      co_await list_folders();
    }
  }

  // Everything must be over when the play is: what is thrown here is told afterwards.
  Task<void> end() {
    std::string problem;
    co_await side_.join();
    try {
      co_await next();
    } catch (const std::exception& thrown) {
      problem = thrown.what();
    }
    EXPECT_EQ(problem, "") << "the next caller";
    EXPECT_LE(sessions_->counts().open, 1U) << "more than the account may have";
    co_await sessions_->close();
    EXPECT_EQ(sessions_->counts().open, 0U);
    co_await google_->stop();
  }

  ManualClock clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<sandbox::Sandbox> google_;
  std::optional<Sessions> sessions_;
  bool was_closed_ = false;
  TaskGroup side_;
};

// Two want the connection: one logs in, the other waits for that, and for the place. The waiting
// one may leave …
class WaitingLeasing final : public Leasing {
 public:
  using Leasing::Leasing;
  Task<void> act() override {
    side_.spawn(list_folders());
    return Leasing::act();
  }
};

// … and the one who logs in.
class AwaitedLeasing final : public Leasing {
 public:
  using Leasing::Leasing;
  Task<void> act() override {
    side_.spawn(later());
    return Leasing::act();
  }

 private:
  Task<void> later() {
    co_await yield();
    co_await list_folders();
  }
};

// By `read`, as everybody does whose work may be repeated.
class Reading : public Leasing {
 public:
  using Leasing::Leasing;
  Task<void> act() override {
    const std::function<Task<std::size_t>(imap::Client&)> count =
        [](imap::Client& client) -> Task<std::size_t> {
      const auto folders = co_await client.folders(true);
      co_return folders.size();
    };
    for (int i = 0; i < 2; ++i) {
      auto mine = account();
      const auto folders = co_await sessions_->read(std::move(mine), count);
      EXPECT_GT(folders, 0U);
    }
  }
};

// The account is removed, or gets another password, meanwhile.
class ForgottenReading final : public Reading {
 public:
  using Reading::Reading;
  void interfere(boost::asio::cancellation_signal&) override { sessions_->forget(alex); }
};

// The same address with a password that is wrong, at the same time.
class RefusedBeside final : public Reading {
 public:
  using Reading::Reading;
  void interfere(boost::asio::cancellation_signal&) override { side_.spawn(wrong()); }

 private:
  Task<void> wrong() {
    auto other = account("abcd efgh ijkl mnop");
    const auto code = co_await refusal(std::move(other));
    EXPECT_EQ(code, Errc::reconnect_required);
  }
  Task<Errc> refusal(ImapAccount other) {
    try {
      co_await sessions_->acquire(std::move(other), SessionUse::call);
    } catch (const Error& error) {
      co_return error.code;
    }
    co_return Errc::internal;
  }
};

class ClosedLeasing final : public Leasing {
 public:
  using Leasing::Leasing;
  void interfere(boost::asio::cancellation_signal&) override {
    was_closed_ = true;
    side_.spawn(sessions_->close());
  }
};

// A watcher waits for news on a connection of its own.
class Watching : public Leasing {
 public:
  using Leasing::Leasing;
  Task<void> act() override {
    side_.spawn(list_folders());
    auto mine = account();
    auto lease = co_await sessions_->acquire(std::move(mine), SessionUse::watch);
    co_await lease->examine("INBOX");
    co_await lease->idle(std::chrono::milliseconds{1});
  }
};

class ClosedWatching final : public Watching {
 public:
  using Watching::Watching;
  void interfere(boost::asio::cancellation_signal&) override {
    was_closed_ = true;
    side_.spawn(sessions_->close());
  }
};

TEST(SessionsCancelled, at_every_point_of_a_lease_its_holder_may_leave) {
  EXPECT_GT(interfere_at_every_point<Leasing>("IMAP lease"), 15U);
}

TEST(SessionsCancelled, at_every_point_one_of_two_who_want_the_connection_may_leave) {
  EXPECT_GT(interfere_at_every_point<WaitingLeasing>("IMAP lease that is waited for"), 15U);
  EXPECT_GT(interfere_at_every_point<AwaitedLeasing>("IMAP lease for which another waits"), 15U);
}

TEST(SessionsCancelled, at_every_point_of_reading_the_caller_may_leave) {
  EXPECT_GT(interfere_at_every_point<Reading>("IMAP read"), 15U);
}

TEST(SessionsCancelled, at_every_point_of_reading_the_account_may_be_forgotten) {
  EXPECT_GT(interfere_at_every_point<ForgottenReading>("IMAP read, account forgotten"), 15U);
}

TEST(SessionsCancelled, at_every_point_of_reading_another_may_come_with_a_wrong_password) {
  EXPECT_GT(interfere_at_every_point<RefusedBeside>("IMAP read, wrong password beside"), 15U);
}

TEST(SessionsCancelled, at_every_point_everything_may_close) {
  EXPECT_GT(interfere_at_every_point<ClosedLeasing>("IMAP lease while everything closes"), 15U);
}

TEST(SessionsCancelled, at_every_point_of_watching_its_owner_may_leave) {
  EXPECT_GT(interfere_at_every_point<Watching>("IMAP watch"), 15U);
}

TEST(SessionsCancelled, at_every_point_of_watching_everything_may_close) {
  EXPECT_GT(interfere_at_every_point<ClosedWatching>("IMAP watch while everything closes"), 15U);
}

}  // namespace
}  // namespace gmail_mcp::mail
