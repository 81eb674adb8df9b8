#include <gtest/gtest.h>

#include <optional>

#include "app/program.h"
#include "base/cancel_points_test.h"
#include "crypto/fernet.h"
#include "net/testing/self_signed.h"
#include "operation/call.h"
#include "sandbox/sandbox.h"

namespace gmail_mcp::app {
namespace {

// Time stands still: a sleeping task only wakes when it is cancelled.
class StandStill final : public Clock {
 public:
  Timestamp now() const override { return time_.now(); }
  std::chrono::steady_clock::time_point steady_now() const override { return time_.steady_now(); }
  Task<void> sleep(std::chrono::milliseconds) override {
    const auto executor = co_await current_executor();
    Event never{executor};
    co_await never.wait();
  }

 private:
  ManualClock time_;
};

constexpr const char* alex = "alex.morgan@gmail.example";

// The whole house with a simulated Google on the same loop, and a caller who adds an account,
// fetches its mail, sends and removes it again, while the watch follows it. The doors cancel the
// caller when the server stops, and then the house closes: everything ends, and nothing is left
// half done.
class Living : public Play {
 public:
  explicit Living(boost::asio::io_context& on) : Play{on} {
    sandbox::Options options;
    options.seed_mail = false;
    google_ = sandbox::Sandbox::start(loop, std::move(options), clock_, *log_);
    for (int number = 0; number < 3; ++number) {
      const auto delivered = google_->world().deliver(
          alex,
          "From: Ann <ann@shop.example>\r\nSubject: parcel\r\n"
          "Message-ID: <" +
              std::to_string(number) + "@shop.example>\r\n\r\nOn its way.\r\n");
      EXPECT_TRUE(delivered);
    }
    setup::Loaded loaded;
    auto& settings = loaded.settings;
    settings.encryption_key = crypto::KeyRing::generate();
    settings.storage.sqlite.path = ":memory:";
    settings.mail.imap_host = settings.mail.smtp_host = "127.0.0.1";
    settings.mail.imap_port = google_->imap_port();
    settings.mail.smtp_port = google_->smtp_port();
    settings.mail.imap_tls = settings.mail.smtp_tls = setup::MailEncryption::none;
    // Nothing is encrypted here; reading one authority is faster than reading the system's.
    static const net::testing::SelfSigned authority;
    settings.google.ca_file = settings.mail.ca_file = authority.certificate_file();
    program_.emplace(loop, std::move(loaded), clock_, *log_);
    program_->in_turn = true;
  }

  Task<void> act() override {
    co_await open();
    auto call = begin_call();
    account_ = co_await add(call);
    co_await program_->ready().history.fetch(call, account_->id.str(), 10);
    mail::NewMessage message;
    message.to = {"priya.nair@gmail.example"};
    message.subject = "Hello";
    message.body = "Text";
    co_await program_->ready().mail.send(call, account_->id.str(), std::move(message), "key");
    co_await program_->ready().accounts.remove(call, account_->id.str());
  }

  void judge() override { run(end()); }

 protected:
  Task<void> open() {
    co_await program_->open();
    program_->start_housekeeping();
    program_->start_watch();
  }
  operation::Call begin_call() {
    model::Caller caller;
    caller.kind = model::CallerKind::application;
    caller.credential = "test";
    operation::Origin origin;
    origin.surface = "test";
    origin.request_id = "r1";
    return {program_->services(), std::move(caller), std::move(origin)};
  }
  Task<model::Connection> add(operation::Call& call) {
    model::NewAccount account;
    account.user = model::ExternalUserId{"user-1"};
    account.email = alex;
    account.app_password = Secret{google_->app_password(alex)};
    return program_->ready().accounts.add(call, std::move(account));
  }

  Task<void> end() {
    co_await program_->close(std::chrono::seconds{10});
    if (program_->store() != nullptr) {
      auto& connections = program_->store()->connections();
      const auto all = model::Access::system("test");
      const auto unfinished = co_await connections.endings(all);
      EXPECT_TRUE(unfinished.empty()) << "a removal that was begun is done";
      store::ConnectionFilter filter;
      filter.include_inactive = true;
      const auto left = co_await connections.list(all, std::move(filter));
      for (const auto& one : left) EXPECT_TRUE(one.is_active());
    }
    co_await google_->stop();
  }

  StandStill clock_;
  std::unique_ptr<Log> log_ = Log::silent();
  std::unique_ptr<sandbox::Sandbox> google_;
  std::optional<Program> program_;
  std::optional<model::Connection> account_;
};

// It closes while nobody calls, but the first mail of an account is being fetched.
class Closing final : public Living {
 public:
  explicit Closing(boost::asio::io_context& on) : Living{on}, side_{on.get_executor()} {}

  Task<void> act() override {
    co_await open();
    auto call = begin_call();
    account_ = co_await add(call);
    is_quiet_ = true;
    for (int i = 0; i < 60; ++i) co_await yield();
  }
  void interfere(boost::asio::cancellation_signal&) override {
    if (is_quiet_) side_.spawn(program_->close(std::chrono::seconds{10}));
  }
  void judge() override { run(end_of_all()); }

 private:
  Task<void> end_of_all() {
    co_await side_.join();
    co_await end();
  }

  TaskGroup side_;
  bool is_quiet_ = false;
};

TEST(ProgramCancelled, at_every_point_of_a_call_the_server_may_stop) {
  EXPECT_GT(interfere_at_every_point<Living>("the house, a call under way"), 50U);
}

TEST(ProgramCancelled, at_every_point_of_first_mail_the_server_may_stop) {
  EXPECT_GT(interfere_at_every_point<Closing>("the house, following"), 50U);
}

}  // namespace
}  // namespace gmail_mcp::app
