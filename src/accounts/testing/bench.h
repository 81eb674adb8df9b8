#pragma once

#include <boost/asio/post.hpp>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "accounts/testing/google.h"
#include "accounts/token_vault.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/task.h"
#include "crypto/fernet.h"
#include "google/oauth.h"
#include "model/access.h"
#include "store/store.h"

namespace gmail_mcp::operation {

/// Stands for the real one, which is above this folder: makes the access of a caller limited to one
/// user.
class Admission {
 public:
  static model::Access access_of(const std::string& user) {
    return model::Access{model::ExternalUserId{user}, "test"};
  }
};

}  // namespace gmail_mcp::operation

namespace gmail_mcp::accounts::testing {

using namespace std::chrono_literals;

inline model::Access everybody() { return model::Access::system("test"); }
inline model::Access only(const std::string& user) { return operation::Admission::access_of(user); }

/// Gives everything else on the loop a turn.
inline Task<void> turn() {
  const auto executor = co_await current_executor();
  co_await boost::asio::post(executor, use_task);
}

/// Sleeps without time passing, so that a task can wait for others as long as they need.
class StandingClock final : public Clock {
 public:
  explicit StandingClock(const Clock& time) : time_{time} {}

  Timestamp now() const override { return time_.now(); }
  std::chrono::steady_clock::time_point steady_now() const override { return time_.steady_now(); }
  Task<void> sleep(std::chrono::milliseconds) override {
    if (const auto happen = std::exchange(on_sleep, nullptr)) co_await happen();
    co_await turn();
  }

  /// Runs at the next sleep.
  std::function<Task<void>()> on_sleep;

 private:
  const Clock& time_;
};

/// How a call ended, as text, so that many can be compared: "token access-1", "unavailable: …".
inline Task<std::string> outcome(Task<Secret> call) {
  try {
    const auto token = co_await std::move(call);
    co_return "token " + token.reveal();
  } catch (const Error& error) {
    co_return std::string{to_string(error.code)} + ": " + error.message;
  }
}

/// Everything that a vault or a flow needs, on one loop, with time that stands still.
class Bench {
 public:
  /// An SQLite file, or a database in memory.
  explicit Bench(std::string database = ":memory:");

  /// The same database as another process opens it.
  std::unique_ptr<store::Store> open_again();

  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop, std::move(task));
  }
  void run(Task<void> task) { run_to_end(loop, std::move(task)); }

  model::User user(const std::string& name);
  /// The credential that a finished sign-in of <user>@gmail.com would save.
  store::NewCredential credential(const std::string& user, const std::string& access_token,
                                  const std::string& refresh_token,
                                  std::chrono::seconds token_life);
  /// A connection with the tokens "access-old" and "refresh-old".
  model::Connection connect(const std::string& user, std::chrono::seconds token_life);
  store::StoredCredential stored(const model::ConnectionId& id);
  std::string open(const std::string& ciphertext) const;

  std::string database;
  boost::asio::io_context loop;
  ManualClock clock;
  std::string log_lines;
  std::unique_ptr<Log> log = Log::capture(log_lines);
  crypto::KeyRing keys;
  Google google;
  google::OAuthClient client{"client-id", Secret{"client-secret"}};
  google::OAuthApi oauth{google, Google::endpoints(), client};
  std::unique_ptr<store::Store> store;
};

}  // namespace gmail_mcp::accounts::testing
