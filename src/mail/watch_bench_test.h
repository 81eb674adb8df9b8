#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "mail/watch.h"

// Watches of one or more processes over mailboxes with a script, with a clock that the test moves.
namespace gmail_mcp::mail {

// Stands still; sleeping tasks wake in order as the test moves it.
class CrankedClock final : public Clock {
 public:
  explicit CrankedClock(boost::asio::io_context& loop) : loop_{loop} {}

  Timestamp now() const override { return Timestamp{} + now_; }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point{now_};
  }
  Task<void> sleep(std::chrono::milliseconds duration) override {
    Timer timer{co_await current_executor(), Timer::time_point::max()};
    const auto place = sleepers_.emplace(now_ + duration, &timer);
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(use_task, ignored));
    const bool woken = place->second == nullptr;
    sleepers_.erase(place);
    if (!woken) throw boost::system::system_error{boost::asio::error::operation_aborted};
  }

  void advance(std::chrono::milliseconds by) {
    const auto end = now_ + by;
    run();
    while (true) {
      const auto next = std::ranges::find_if(
          sleepers_, [](const auto& sleeper) { return sleeper.second != nullptr; });
      if (next == sleepers_.end() || next->first > end) break;
      now_ = next->first;
      std::exchange(next->second, nullptr)->cancel();
      run();
    }
    now_ = end;
  }
  void run() {
    loop_.restart();
    loop_.poll();
  }

 private:
  boost::asio::io_context& loop_;
  std::chrono::milliseconds now_{1'000'000};
  std::multimap<std::chrono::milliseconds, Timer*> sleepers_;
};

// What all processes share.
struct LeaseRows {
  struct Row {
    std::string holder;
    Timestamp until;
  };
  std::map<std::string, Row> rows;
};

class LeasesOfOneProcess final : public store::Leases {
 public:
  LeasesOfOneProcess(LeaseRows& shared, const Clock& clock) : shared_{shared}, clock_{clock} {}

  bool unreachable = false;
  int calls = 0;

  Task<bool> take(std::string name, std::string holder, std::chrono::seconds duration) override {
    check();
    co_return take_one(name, holder, duration);
  }
  Task<void> release(std::string name, std::string holder) override {
    check();
    release_one(name, holder);
    co_return;
  }
  Task<std::vector<std::string>> take_all(std::vector<std::string> names, std::string holder,
                                          std::chrono::seconds duration) override {
    check();
    std::erase_if(names, [&](const auto& name) { return !take_one(name, holder, duration); });
    co_return names;
  }
  Task<void> release_all(std::vector<std::string> names, std::string holder) override {
    check();
    for (const auto& name : names) release_one(name, holder);
    co_return;
  }
  Task<std::optional<std::string>> holder(std::string name) override {
    const auto row = shared_.rows.find(name);
    if (row == shared_.rows.end()) co_return std::nullopt;
    co_return row->second.holder;
  }
  Task<std::vector<std::string>> holders(std::string prefix) override {
    check();
    std::vector<std::string> holders;
    for (const auto& [name, row] : shared_.rows) {
      if (name.starts_with(prefix) && row.until > clock_.now()) holders.push_back(row.holder);
    }
    co_return holders;
  }
  Task<std::map<std::string, std::int64_t>> counts(std::string prefix) override {
    check();
    std::map<std::string, std::int64_t> counts;
    for (const auto& [name, row] : shared_.rows) {
      if (name.starts_with(prefix)) ++counts[row.holder];
    }
    co_return counts;
  }
  Task<std::map<std::string, std::string>> held(std::string prefix) override {
    check();
    std::map<std::string, std::string> held;
    for (const auto& [name, row] : shared_.rows) {
      if (name.starts_with(prefix)) held.emplace(name, row.holder);
    }
    co_return held;
  }
  Task<void> release_of_ended(std::string prefix,
                              std::function<bool(const std::string&)> has_ended) override {
    check();
    std::erase_if(shared_.rows, [&](const auto& row) {
      return row.first.starts_with(prefix) && has_ended(row.second.holder);
    });
    co_return;
  }

 private:
  void check() {
    ++calls;
    if (unreachable) throw Error{Errc::unavailable, "The database cannot be reached."};
  }
  bool take_one(const std::string& name, const std::string& holder, std::chrono::seconds duration) {
    auto& row = shared_.rows[name];
    if (!row.holder.empty() && row.holder != holder && row.until > clock_.now()) return false;
    row = {holder, clock_.now() + duration};
    return true;
  }
  void release_one(const std::string& name, const std::string& holder) {
    const auto row = shared_.rows.find(name);
    if (row != shared_.rows.end() && row->second.holder == holder) shared_.rows.erase(row);
  }

  LeaseRows& shared_;
  const Clock& clock_;
};

// The script of a mailbox's server.
struct Script {
  bool can_wait = false;
  bool hangs = false;
  std::optional<Error> fails;
  std::chrono::milliseconds takes{0};  // one step
  int steps = 1;                       // until there is nothing more
  // The calls that it received.
  std::vector<Timestamp> asked;
  int open = 0;
  std::size_t lacked = 0;  // messages that it was told are not archived
  Timer* waiting = nullptr;
  bool news = false;
  bool lingers = false;  // only notices its cancellation when `waiting` is cancelled

  void deliver() {
    news = true;
    if (waiting) waiting->cancel();
  }
};

class WatchedFeed final : public Feed {
 public:
  WatchedFeed(Script& script, Clock& clock) : script_{script}, clock_{clock} {
    EXPECT_EQ(++script_.open, 1) << "one mailbox is watched twice";
  }
  ~WatchedFeed() override { --script_.open; }

  Task<Step> next(std::string, std::size_t) override {
    if (++taken_ == 1) script_.asked.push_back(clock_.now());
    if (script_.hangs) co_await clock_.sleep(std::chrono::hours{1'000});
    if (script_.takes.count() > 0) co_await clock_.sleep(script_.takes);
    if (script_.fails) throw Error{*script_.fails};
    Step step;
    step.is_last = taken_ >= script_.steps;
    if (step.is_last) taken_ = 0;
    co_return step;
  }
  std::optional<std::string> lacks(const std::vector<model::MessageId>& ids) override {
    script_.lacked += ids.size();
    return std::nullopt;
  }
  Task<Anew> read_again(std::vector<model::MessageId> /*ids*/) override { co_return Anew{}; }
  bool can_wait() const override { return script_.can_wait; }
  Task<void> wait() override {
    Timer timer{co_await current_executor(), Timer::time_point::max()};
    script_.waiting = &timer;
    boost::system::error_code ignored;
    if (script_.lingers) {
      co_await boost::asio::this_coro::throw_if_cancelled(false);
      while (script_.lingers) {
        co_await timer.async_wait(boost::asio::redirect_error(use_task, ignored));
      }
    } else if (!script_.news) {
      co_await timer.async_wait(boost::asio::redirect_error(use_task, ignored));
    }
    script_.waiting = nullptr;
    if (script_.fails) throw Error{*script_.fails};
    if (!script_.news) throw boost::system::system_error{boost::asio::error::operation_aborted};
    script_.news = false;
  }
  Task<void> rest() override { co_return; }

 private:
  Script& script_;
  Clock& clock_;
  int taken_ = 0;
};

class WatchTest : public testing::Test {
 protected:
  ~WatchTest() override {
    for (auto* watch : {first.get(), second.get()}) {
      if (watch) close(*watch);
    }
  }

  model::Connection connect(const std::string& id) {
    model::Connection connection;
    connection.id = model::ConnectionId{id};
    connection.version = 1;
    connections.push_back(connection);
    mailboxes[id];
    return connection;
  }
  void connect_many(int count) {
    for (int i = 0; i < count; ++i) connect("account-" + std::to_string(i));
  }

  std::unique_ptr<Watch> make(LeasesOfOneProcess& leases, const std::string& process) {
    Watched watched;
    watched.connections = [this]() -> Task<std::vector<model::Connection>> {
      co_return connections;
    };
    watched.open = [this](const model::Connection& connection, FeedUse) {
      return std::make_unique<WatchedFeed>(mailboxes.at(connection.id.str()), clock);
    };
    watched.sync = [this](model::Connection, Feed& feed) -> Task<void> {
      bool more = true;
      while (more) {
        std::string cursor;
        const auto step = co_await feed.next(std::move(cursor), 200);
        feed.lacks(lacking);
        more = !step.is_last;
      }
    };
    watched.hung = [this](const model::Connection& connection, const Error& error) {
      hung.push_back(connection.id.str() + ": " + error.message);
    };
    auto own = options;
    own.process_id = process;
    auto watch = std::make_unique<Watch>(loop.get_executor(), leases, std::move(watched), clock,
                                         *log, std::move(own));
    watch->start();
    clock.advance(std::chrono::seconds{0});
    return watch;
  }
  Watch& start() {
    first = make(first_leases, "first");
    return *first;
  }
  // Of a process that has just been killed, on another host.
  void live_for(std::chrono::seconds time, const std::string& process,
                const std::vector<std::string>& ids) {
    rows.rows["watcher/" + process] = {process, clock.now() + time};
    for (const auto& id : ids) {
      rows.rows["watch/" + id] = {process, clock.now() + std::chrono::days{365}};
    }
  }
  std::size_t leases_of_accounts() const {
    return static_cast<std::size_t>(std::ranges::count_if(
        rows.rows, [](const auto& row) { return row.first.starts_with("watch/"); }));
  }
  void close(Watch& watch) {
    bool closed = false;
    auto end = [](Watch& what, bool& done) -> Task<void> {
      co_await what.close();
      done = true;
    };
    boost::asio::co_spawn(loop, end(watch, closed), boost::asio::detached);
    clock.advance(std::chrono::seconds{0});
    EXPECT_TRUE(closed);
  }
  Script& mailbox(const std::string& id) { return mailboxes.at(id); }
  std::size_t asked(const std::string& id) { return mailboxes.at(id).asked.size(); }

  boost::asio::io_context loop;
  CrankedClock clock{loop};
  std::string lines;
  std::unique_ptr<Log> log = Log::capture(lines);
  WatchOptions options;
  LeaseRows rows;
  LeasesOfOneProcess first_leases{rows, clock};
  LeasesOfOneProcess second_leases{rows, clock};
  std::vector<model::Connection> connections;
  std::map<std::string, Script> mailboxes;
  std::vector<model::MessageId> lacking;  // what each sync says is not archived
  std::vector<std::string> hung;          // whom it gave up for this time
  std::unique_ptr<Watch> first;
  std::unique_ptr<Watch> second;
};

}  // namespace gmail_mcp::mail
