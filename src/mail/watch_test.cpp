#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>

#include "base/process.h"
#include "mail/watch_bench_test.h"
#include "mail/watch_times.h"

namespace gmail_mcp::mail {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

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
