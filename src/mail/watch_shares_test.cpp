#include <gtest/gtest.h>

#include "mail/watch_bench_test.h"

namespace gmail_mcp::mail {
namespace {

using std::chrono::seconds;

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

}  // namespace
}  // namespace gmail_mcp::mail
