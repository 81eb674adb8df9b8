#include "mail/watch.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/redirect_error.hpp>
#include <map>

#include "base/error.h"
#include "base/process.h"
#include "mail/watch_times.h"

namespace gmail_mcp::mail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Stands still; sleeping tasks wake in order as the test moves it.
class CrankedClock final : public Clock {
 public:
  explicit CrankedClock(boost::asio::io_context& loop) : loop_{loop} {}

  Timestamp now() const override { return Timestamp{} + now_; }
  std::chrono::steady_clock::time_point steady_now() const override {
    return std::chrono::steady_clock::time_point{now_};
  }
  Task<void> sleep(milliseconds duration) override {
    Timer timer{co_await current_executor(), Timer::time_point::max()};
    const auto place = sleepers_.emplace(now_ + duration, &timer);
    boost::system::error_code ignored;
    co_await timer.async_wait(boost::asio::redirect_error(use_task, ignored));
    const bool woken = place->second == nullptr;
    sleepers_.erase(place);
    if (!woken) throw boost::system::system_error{boost::asio::error::operation_aborted};
  }

  void advance(milliseconds by) {
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
  milliseconds now_{1'000'000};
  std::multimap<milliseconds, Timer*> sleepers_;
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

  Task<bool> take(std::string name, std::string holder, seconds duration) override {
    check();
    co_return take_one(name, holder, duration);
  }
  Task<void> release(std::string name, std::string holder) override {
    check();
    release_one(name, holder);
    co_return;
  }
  Task<std::vector<std::string>> take_all(std::vector<std::string> names, std::string holder,
                                          seconds duration) override {
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
  bool take_one(const std::string& name, const std::string& holder, seconds duration) {
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
  milliseconds takes{0};  // one step
  int steps = 1;          // until there is nothing more
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
    clock.advance(seconds{0});
    return watch;
  }
  Watch& start() {
    first = make(first_leases, "first");
    return *first;
  }
  // Of a process that has just been killed, on another host.
  void live_for(seconds time, const std::string& process, const std::vector<std::string>& ids) {
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
    clock.advance(seconds{0});
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

TEST_F(WatchTest, WhoCanWaitIsSyncedTheMomentSomethingHappens) {
  connect("ann");
  mailbox("ann").can_wait = true;
  auto& watch = start();
  EXPECT_EQ(asked("ann"), 1U);
  EXPECT_EQ(watch.counts().waiting, 1U);
  clock.advance(std::chrono::hours{2});
  EXPECT_EQ(asked("ann"), 1U);
  mailbox("ann").deliver();
  clock.advance(seconds{0});
  EXPECT_EQ(asked("ann"), 2U);
  EXPECT_EQ(watch.counts().waiting, 1U);
}

TEST_F(WatchTest, AFeedHearsWhatTheArchiveLacks) {
  connect("ann");
  lacking.emplace_back("18c2");
  start();
  EXPECT_EQ(mailbox("ann").lacked, 1U);
}

TEST_F(WatchTest, OnlySoManyWaitAndTheRestIsPolled) {
  options.max_waiting = 2;
  connect_many(5);
  for (auto& [id, script] : mailboxes) script.can_wait = true;
  auto& watch = start();
  clock.advance(std::chrono::minutes{2});
  EXPECT_EQ(watch.counts().waiting, 2U);
  EXPECT_EQ(watch.counts().polled, 3U);
}

TEST_F(WatchTest, TenThousandPollsKeepTheirIntervalWithTwoHundredAtATime) {
  options.max_waiting = 0;
  connect_many(10'000);
  // Five commands of 200 ms: a round is 167 of these at a time.
  for (auto& [id, script] : mailboxes) script.takes = milliseconds{1'000};
  start();
  clock.advance(seconds{150});
  seconds longest{0};
  for (const auto& [id, script] : mailboxes) {
    ASSERT_GE(script.asked.size(), 2U) << id;
    for (std::size_t i = 1; i < script.asked.size(); ++i) {
      const auto gap = script.asked[i] - script.asked[i - 1];
      longest = std::max(longest, std::chrono::ceil<seconds>(gap));
    }
  }
  EXPECT_LE(longest, seconds{69});  // 60, a tenth of jitter, and what the tick and a queue cost
}

TEST_F(WatchTest, HungMailboxesDelayNobodyAndAreCutByTheirOwnDeadline) {
  options.max_waiting = 0;
  options.max_polling = 4;
  connect_many(20);
  for (const auto* id : {"account-1", "account-2", "account-3"}) mailbox(id).hangs = true;
  auto& watch = start();
  clock.advance(std::chrono::minutes{10});
  for (const auto& [id, script] : mailboxes) {
    if (script.hangs) {
      // Cut after a minute, then 5, 10, 20, 40 … seconds of rest.
      EXPECT_LE(script.asked.size(), 8U) << id;
    } else {
      EXPECT_GE(script.asked.size(), 9U) << id;
    }
  }
  EXPECT_EQ(watch.counts().failing, 3U);
}

TEST_F(WatchTest, AFailingMailboxIsAskedLessAndLessOftenAndRecovers) {
  connect("ann");
  mailbox("ann").can_wait = true;
  mailbox("ann").fails = Error{Errc::unavailable, "The mail server is down."};
  auto& watch = start();
  clock.advance(std::chrono::hours{10});
  const auto& times = mailbox("ann").asked;
  ASSERT_GT(times.size(), 10U);
  EXPECT_LE(times[1] - times[0], seconds{8});
  EXPECT_GE(times.back() - times[times.size() - 2], std::chrono::minutes{22});
  EXPECT_LE(times.size(), 40U);
  mailbox("ann").fails.reset();
  clock.advance(std::chrono::hours{1});
  EXPECT_EQ(watch.counts().failing, 0U);
  EXPECT_EQ(watch.counts().waiting, 1U);
}

// Ends at once, as by kill -9.
std::string name_of_a_process_that_ended() {
  int pipe[2];
  EXPECT_EQ(::pipe(pipe), 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto name = this_process() + "/its watcher";
    const auto written = ::write(pipe[1], name.data(), name.size());
    ::_exit(written > 0 ? 0 : 1);
  }
  std::array<char, 512> name{};
  const auto size = ::read(pipe[0], name.data(), name.size());
  ::waitpid(child, nullptr, 0);
  ::close(pipe[0]);
  ::close(pipe[1]);
  return {name.data(), static_cast<std::size_t>(std::max<ssize_t>(size, 0))};
}

TEST_F(WatchTest, NobodyWaitsForTheLeaseOfAProcessThatWasKilled) {
  const auto killed = name_of_a_process_that_ended();
  EXPECT_FALSE(may_be_running(killed));
  EXPECT_TRUE(may_be_running(this_process() + "/another watcher"));
  EXPECT_TRUE(may_be_running("another boot:1:2:3/a watcher"));
  connect("ann");
  connect("bob");
  live_for(seconds{16}, killed, {"ann"});
  live_for(seconds{16}, "another boot:1:2:3/a watcher", {"bob"});
  start();
  clock.advance(seconds{2});
  EXPECT_EQ(mailbox("ann").asked.size(), 1U);
  EXPECT_TRUE(mailbox("bob").asked.empty()) << "of another host nobody knows";
  clock.advance(seconds{20});
  EXPECT_EQ(mailbox("bob").asked.size(), 1U);
}

TEST_F(WatchTest, AMailboxThatGoesOnFailingIsNamedAgainEveryHour) {
  connect("ann");
  mailbox("ann").fails = Error{Errc::unavailable, "The mail server is down."};
  start();
  clock.advance(std::chrono::hours{10});
  int said = 0;
  for (auto at = lines.find("mailbox_not_followed"); at != std::string::npos;
       at = lines.find("mailbox_not_followed", at + 1)) {
    ++said;
  }
  EXPECT_GE(said, 6);
  EXPECT_LE(said, 11);
}

TEST_F(WatchTest, WhoSaysWhenToComeBackIsNotAskedBefore) {
  connect("ann");
  mailbox("ann").fails =
      Error{Errc::rate_limited, "Too many connections."}.with_retry_after(seconds{900});
  start();
  clock.advance(seconds{890});
  EXPECT_EQ(asked("ann"), 1U);
  clock.advance(seconds{20});
  EXPECT_EQ(asked("ann"), 2U);
}

TEST_F(WatchTest, ARefusedCredentialIsNotTriedAgainUntilItIsAnother) {
  auto ann = connect("ann");
  mailbox("ann").fails = Error{Errc::reconnect_required, "Gmail refused the App Password."};
  auto& watch = start();
  clock.advance(std::chrono::hours{5});
  EXPECT_EQ(asked("ann"), 1U);
  EXPECT_EQ(watch.counts().given_up, 1U);
  mailbox("ann").fails.reset();
  connections.front().version = 2;
  clock.advance(seconds{61});
  EXPECT_EQ(asked("ann"), 2U);
  EXPECT_EQ(watch.counts().given_up, 0U);
}

TEST_F(WatchTest, AFirstSyncThatGoesOnIsNotOneThatHangs) {
  options.max_waiting = 0;
  auto& watch = start();
  const auto ann = connect("ann");
  mailbox("ann").takes = seconds{50};
  mailbox("ann").steps = 5;
  watch.add(ann);
  clock.advance(seconds{240});
  EXPECT_EQ(watch.counts().failing, 0U);
  EXPECT_EQ(mailbox("ann").open, 1);
  clock.advance(seconds{11});
  EXPECT_EQ(mailbox("ann").open, 0);
  EXPECT_EQ(asked("ann"), 1U);
}

TEST_F(WatchTest, ALongFirstSyncMakesRoomForOthersAndGoesOnLater) {
  options.max_waiting = 0;
  options.max_polling = 1;
  auto& watch = start();
  const auto ann = connect("ann");
  mailbox("ann").takes = seconds{50};
  mailbox("ann").steps = 100;
  watch.add(ann);
  clock.advance(seconds{0});
  watch.add(connect("bob"));
  clock.advance(seconds{299});
  EXPECT_EQ(asked("bob"), 0U);
  clock.advance(seconds{5});
  EXPECT_EQ(asked("bob"), 1U);
  EXPECT_EQ(asked("ann"), 2U);
  EXPECT_EQ(watch.counts().failing, 0U);
}

TEST_F(WatchTest, ConnectionsAreFoundAddedAndDropped) {
  auto& watch = start();
  const auto added = connect("added");
  mailbox("added").can_wait = true;
  watch.add(added);
  clock.advance(seconds{0});
  EXPECT_EQ(asked("added"), 1U);
  connect("found");
  clock.advance(std::chrono::minutes{3});
  EXPECT_GE(asked("found"), 1U);
  connections.clear();
  clock.advance(seconds{61});
  EXPECT_EQ(mailbox("added").open, 0);
  EXPECT_EQ(leases_of_accounts(), 0U);
}

TEST_F(WatchTest, AMailboxThatDoesNotAnswerIsReported) {
  connect("ann");
  connect("bob");
  mailbox("ann").hangs = true;
  mailbox("bob").fails = Error{Errc::unavailable, "Its own failure it has told itself."};
  start();
  clock.advance(seconds{63});
  EXPECT_THAT(hung, testing::ElementsAre("ann: The mailbox does not answer."));
}

TEST_F(WatchTest, ANewCredentialIsTriedAtOnce) {
  auto ann = connect("ann");
  mailbox("ann").hangs = true;
  auto& watch = start();
  clock.advance(seconds{5});
  mailbox("ann").hangs = false;
  ann.version = 2;
  watch.add(ann);
  clock.advance(seconds{0});
  EXPECT_EQ(asked("ann"), 2U);
  EXPECT_EQ(watch.counts().failing, 0U);
}

TEST_F(WatchTest, RemovingReturnsWhenNothingOfTheAccountRuns) {
  connect("ann");
  mailbox("ann").can_wait = true;
  auto& watch = start();
  bool gone = false;
  auto remove = [](Watch& from, Script& script, bool& done) -> Task<void> {
    model::ConnectionId id{"ann"};
    co_await from.remove(std::move(id));
    EXPECT_EQ(script.open, 0);
    done = true;
  };
  boost::asio::co_spawn(loop, remove(watch, mailbox("ann"), gone), boost::asio::detached);
  clock.run();
  EXPECT_TRUE(gone);
  EXPECT_EQ(leases_of_accounts(), 0U);
}

TEST_F(WatchTest, WhoIsRemovedWhileAllIsClosedIsClosedOnce) {
  for (const std::string id : {"ann", "bob", "cid"}) {
    connect(id);
    mailbox(id).can_wait = true;
    mailbox(id).lingers = true;
  }
  auto& watch = start();
  const auto asked_before = first_leases.calls;
  bool closed = false;
  int removed = 0;
  auto close_all = [](Watch& what, bool& done) -> Task<void> {
    co_await what.close();
    done = true;
  };
  auto remove = [](Watch& from, model::ConnectionId id, int& count) -> Task<void> {
    co_await from.remove(std::move(id));
    ++count;
  };
  boost::asio::co_spawn(loop, close_all(watch, closed), boost::asio::detached);
  clock.run();
  EXPECT_FALSE(closed);
  for (const auto& one : connections) {
    boost::asio::co_spawn(loop, remove(watch, one.id, removed), boost::asio::detached);
  }
  clock.run();
  for (auto& [id, script] : mailboxes) {
    script.lingers = false;
    script.waiting->cancel();
  }
  clock.run();
  EXPECT_TRUE(closed);
  EXPECT_EQ(removed, 3);
  EXPECT_EQ(first_leases.calls, asked_before + 2) << "nobody but close gave leases back";
  first.reset();
  clock.run();
  EXPECT_EQ(leases_of_accounts(), 0U);
}

TEST_F(WatchTest, WhoIsAddedWhileBeingRemovedIsWatchedAgain) {
  const auto ann = connect("ann");
  mailbox("ann").can_wait = true;
  auto& watch = start();
  boost::asio::co_spawn(loop, watch.remove(ann.id), boost::asio::detached);
  loop.restart();
  loop.poll_one();
  watch.add(ann);
  clock.advance(seconds{1});
  EXPECT_EQ(watch.counts().waiting, 1U);
  EXPECT_EQ(mailbox("ann").open, 1);
}

// Many processes on one database. The feeds themselves report it when two watch one mailbox.
class WatchShares : public WatchTest {
 protected:
  struct Process {
    Process(LeaseRows& rows, const Clock& clock) : leases{rows, clock} {}
    LeasesOfOneProcess leases;
    std::unique_ptr<Watch> watch;
  };

  ~WatchShares() override {
    for (auto& one : processes) end(*one);
  }

  void all_can_wait() {
    for (auto& [id, script] : mailboxes) script.can_wait = true;
  }
  Process& begin() {
    processes.push_back(std::make_unique<Process>(rows, clock));
    auto& process = *processes.back();
    process.watch = make(process.leases, "process-" + std::to_string(processes.size()));
    return process;
  }
  void end(Process& process) {
    if (process.watch) close(*process.watch);
    process.watch.reset();
  }
  std::vector<std::size_t> shares() const {
    std::vector<std::size_t> shares;
    for (const auto& one : processes)
      shares.push_back(one->watch ? one->watch->counts().waiting : 0);
    return shares;
  }
  std::size_t watched() const {
    std::size_t sum = 0;
    for (const auto share : shares()) sum += share;
    return sum;
  }

  std::vector<std::unique_ptr<Process>> processes;
};

using Shares = std::vector<std::size_t>;

TEST_F(WatchShares, AreEvenAndNewcomersGetTheirsWithinAMinute) {
  connect_many(41);
  all_can_wait();
  begin();
  clock.advance(seconds{5});
  EXPECT_EQ(shares(), (Shares{41}));
  for (int i = 0; i < 3; ++i) {
    begin();
    clock.advance(seconds{30});
  }
  EXPECT_EQ(shares(), (Shares{11, 10, 10, 10}));
  clock.advance(std::chrono::minutes{30});
  EXPECT_EQ(shares(), (Shares{11, 10, 10, 10})) << "nothing moves without a reason";
}

TEST_F(WatchShares, AreEvenWhenAllBeginTogether) {
  connect_many(1'000);
  all_can_wait();
  for (int i = 0; i < 4; ++i) begin();
  clock.advance(seconds{30});
  EXPECT_EQ(shares(), (Shares{250, 250, 250, 250}));
}

TEST_F(WatchShares, OfAProcessThatEndsAreTakenOverWithinSeconds) {
  connect_many(40);
  all_can_wait();
  for (int i = 0; i < 4; ++i) begin();
  clock.advance(seconds{60});
  end(*processes[1]);
  clock.advance(seconds{9});
  EXPECT_EQ(shares(), (Shares{14, 0, 13, 13}));
  end(*processes[0]);
  end(*processes[2]);
  clock.advance(seconds{9});
  EXPECT_EQ(shares(), (Shares{0, 0, 0, 40}));
  EXPECT_EQ(processes[3]->watch->counts().elsewhere, 0U);
}

TEST_F(WatchShares, OfAKilledProcessOfAnotherHostAreTakenOverWithinThirtySeconds) {
  connect_many(40);
  all_can_wait();
  std::vector<std::string> ids;
  for (int i = 0; i < 20; ++i) ids.push_back("account-" + std::to_string(i));
  live_for(seconds{16}, "another boot:1:2:3/a watcher", ids);
  begin();
  begin();
  clock.advance(seconds{9});
  EXPECT_EQ(watched(), 20U);
  clock.advance(seconds{20});
  EXPECT_EQ(shares(), (Shares{20, 20}));
}

TEST_F(WatchShares, OfAProcessWithoutTheDatabaseAreGivenUpBeforeOthersTakeThem) {
  connect_many(40);
  all_can_wait();
  for (int i = 0; i < 4; ++i) begin();
  clock.advance(seconds{60});
  processes[2]->leases.unreachable = true;
  clock.advance(seconds{30});
  EXPECT_EQ(shares()[2], 0U);
  EXPECT_EQ(watched(), 40U);
  processes[2]->leases.unreachable = false;
  clock.advance(seconds{60});
  EXPECT_EQ(shares(), (Shares{10, 10, 10, 10}));
}

TEST_F(WatchShares, AnAccountOfWhichOthersKnowNothingYetIsWatchedAtOnceAndStaysSo) {
  connect_many(4);
  all_can_wait();
  for (int i = 0; i < 4; ++i) begin();
  clock.advance(seconds{65});
  const auto added = connect("added");
  mailbox("added").can_wait = true;
  processes[3]->watch->add(added);
  std::size_t unwatched = 0;
  for (int second = 0; second < 70; ++second) {
    clock.advance(seconds{1});
    unwatched += mailbox("added").open == 0 ? 1 : 0;
  }
  EXPECT_LE(unwatched, 15U);
  EXPECT_EQ(watched(), 5U);
}

TEST_F(WatchShares, WhatAnotherProcessHasTakenMeanwhileIsLeftToIt) {
  connect_many(4);
  all_can_wait();
  begin();
  clock.advance(seconds{30});
  live_for(seconds{600}, "another boot:1:2:3/a watcher", {"account-1"});
  clock.advance(seconds{9});
  EXPECT_LE(watched(), 3U);
  EXPECT_EQ(mailbox("account-1").open, 0);
}

TEST_F(WatchTest, AProcessThatCannotRenewStopsBeforeAnotherBegins) {
  connect_many(10);
  for (auto& [id, script] : mailboxes) script.can_wait = true;
  start();
  second = make(second_leases, "second");
  first_leases.unreachable = true;
  // The feeds themselves report it when two are open.
  clock.advance(std::chrono::minutes{2});
  EXPECT_EQ(first->counts().waiting, 0U);
  EXPECT_EQ(second->counts().waiting, 10U);
  first_leases.unreachable = false;
  clock.advance(std::chrono::minutes{2});
  EXPECT_EQ(second->counts().waiting, 5U);
}

TEST_F(WatchTest, ThousandsOfAccountsCostNoMoreThanOneWhileNothingHappens) {
  options.max_waiting = 2'000;
  connect_many(2'000);
  for (auto& [id, script] : mailboxes) script.can_wait = true;
  start();
  clock.advance(seconds{100});
  EXPECT_EQ(first->counts().waiting, 2'000U);
  EXPECT_LE(first_leases.calls, 60) << "two for each round";
}

TEST_F(WatchTest, SwitchedOffItDoesNothing) {
  options.enabled = false;
  connect("ann");
  auto& watch = start();
  watch.add(connections.front());
  clock.advance(std::chrono::hours{1});
  EXPECT_EQ(asked("ann"), 0U);
  EXPECT_TRUE(rows.rows.empty());
}

TEST(WatchTimes, PausesStayWithinTheirBoundsAndEvenOut) {
  const milliseconds interval{60'000};
  milliseconds sum{0};
  for (std::uint64_t round = 0; round < 100; ++round) {
    const auto pause = poll_pause("ann", round, interval);
    EXPECT_GE(pause, interval * 9 / 10);
    EXPECT_LE(pause, interval * 11 / 10);
    sum += pause;
  }
  EXPECT_LE(std::chrono::abs(sum - interval * 100), milliseconds{100 * 120});
  EXPECT_NE(phase("ann", interval), phase("bob", interval));
  EXPECT_LE(back_off("ann", 1), milliseconds{6'250});
  EXPECT_LE(back_off("ann", 1'000), milliseconds{2'250'000});
}

}  // namespace
}  // namespace gmail_mcp::mail
