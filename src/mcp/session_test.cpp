#include "mcp/session.h"

#include <gtest/gtest.h>

#include "crypto/random.h"
#include "mcp/memory_offer_test.h"
#include "mcp/process_memory.h"

namespace gmail_mcp::mcp {
namespace {

class SessionTableTest : public testing::Test {
 protected:
  SessionPtr open(const std::string& owner) {
    auto session = table.make(test::NamedPrincipal{owner});
    session->revision = &newest_legacy();
    session->seal(ids, crypto::random_uuid(), clock.now());
    return table.insert(session) ? session : nullptr;
  }

  SessionIds ids{crypto::Sealer::for_this_process("test")};

  EventBus bus;
  ManualClock clock;
  Limits limits = [] {
    Limits small;
    small.sessions = 3;
    return small;
  }();
  SessionTable table{bus, limits, clock};
};

TEST_F(SessionTableTest, ASessionIsThereForItsOwnerOnly) {
  const auto session = open("ann");
  EXPECT_EQ(table.find(session->id(), "ann"), session);
  EXPECT_EQ(table.find(session->id(), "bob"), nullptr);
  EXPECT_EQ(table.find(session->id() + "x", "ann"), nullptr);
}

TEST_F(SessionTableTest, UseKeepsItAliveAndSilenceEndsIt) {
  const auto session = open("ann");
  clock.advance(std::chrono::minutes{59});
  EXPECT_TRUE(table.find(session->id(), "ann"));
  clock.advance(std::chrono::minutes{59});
  EXPECT_FALSE(table.find(session->id(), "bob")) << "somebody else's knocking is no use";
  clock.advance(std::chrono::minutes{1});
  EXPECT_FALSE(table.find(session->id(), "ann"));
  EXPECT_TRUE(session->ended());
  EXPECT_EQ(table.size(), 0U);
}

TEST_F(SessionTableTest, AStreamKeepsItAlive) {
  const auto session = open("ann");
  session->streams = 1;
  clock.advance(std::chrono::hours{5});
  EXPECT_TRUE(table.find(session->id(), "ann"));
}

TEST_F(SessionTableTest, AFullTableForgetsTheOneIdleLongestButNoBusyOne) {
  const auto first = open("ann");
  const auto second = open("ann");
  const auto third = open("ann");
  table.find(first->id(), "ann");
  second->streams = 1;
  EXPECT_TRUE(open("bob"));
  EXPECT_TRUE(third->ended());
  EXPECT_FALSE(first->ended());
  first->streams = 1;
  EXPECT_TRUE(open("bob"));
  EXPECT_EQ(table.size(), 3U);
}

TEST_F(SessionTableTest, ATableOfBusySessionsTakesNoMore) {
  for (int i = 0; i < 3; ++i) open("ann")->streams = 1;
  EXPECT_FALSE(open("bob"));
}

TEST_F(SessionTableTest, WhoHoldsMostMakesRoom) {
  const auto anns = open("ann");
  std::vector<SessionPtr> bobs;
  for (int i = 0; i < 100; ++i) bobs.push_back(open("bob"));
  EXPECT_FALSE(anns->ended()) << "bob's hundred end his own";
  EXPECT_EQ(table.find(anns->id(), "ann"), anns);
  EXPECT_FALSE(bobs[98]->ended());
  EXPECT_TRUE(open("carol"));
  EXPECT_TRUE(bobs[98]->ended()) << "the one idle longest of those who hold most";
  EXPECT_FALSE(bobs[99]->ended());
  EXPECT_FALSE(anns->ended());
}

TEST_F(SessionTableTest, WhoseSessionsAreAllBusyEndsNoneOfWhoHasFewer) {
  const auto anns = open("ann");
  for (int i = 0; i < 2; ++i) open("bob")->streams = 1;
  EXPECT_FALSE(open("bob"));
  EXPECT_FALSE(anns->ended());
  EXPECT_TRUE(open("carol")) << "who has none yet";
}

TEST_F(SessionTableTest, WhoHoldsWhatOneMayHoldLosesTheirOwnThoughThereIsRoom) {
  limits.sessions = 100;
  limits.sessions_of_one = 2;
  const auto anns = open("ann");
  const auto first = open("bob");
  const auto second = open("bob");
  EXPECT_TRUE(open("bob"));
  EXPECT_TRUE(first->ended());
  EXPECT_FALSE(second->ended());
  EXPECT_FALSE(anns->ended());
  second->streams = 1;
  EXPECT_TRUE(open("bob"));
  EXPECT_FALSE(second->ended());
}

TEST_F(SessionTableTest, TenThousandSessionsOfOneCallerDoNotEndAnothers) {
  limits = Limits{};
  const auto anns = open("ann");
  std::vector<SessionPtr> busy;
  for (std::size_t i = 0; i < limits.sessions_of_one; ++i) {
    busy.push_back(open("bob"));
    busy.back()->streams = 1;
  }
  EXPECT_FALSE(open("bob")) << "all that bob may have are in use";
  EXPECT_FALSE(anns->ended());
  EXPECT_EQ(table.find(anns->id(), "ann"), anns);
  EXPECT_TRUE(open("ann"));
  EXPECT_TRUE(open("carol"));
}

TEST_F(SessionTableTest, APersonWithFiftyTokensHasTheSessionsOfOne) {
  limits.sessions = 100;
  limits.sessions_of_one = 2;
  const auto anns = open("ann");
  std::vector<SessionPtr> bobs;
  for (int i = 0; i < 50; ++i) bobs.push_back(open("bob#" + std::to_string(i)));
  EXPECT_EQ(table.size(), 3U);
  EXPECT_EQ(table.find(bobs[49]->id(), "bob#49"), bobs[49]);
  EXPECT_EQ(table.find(bobs[49]->id(), "bob#48"), nullptr) << "a session is its own token's";
  EXPECT_TRUE(bobs[47]->ended());
  EXPECT_FALSE(anns->ended());
}

TEST_F(SessionTableTest, WhatOnesTokensWatchAndKeepIsOfOneShare) {
  EventBus bounded{{}, {.total = 100'000, .of_one = 2'000}};
  FairShare kept{{.total = 2 * EventLog::most_bytes, .of_one = EventLog::most_bytes}};
  std::vector<std::unique_ptr<Session>> bobs;
  std::size_t watching = 0;
  for (int i = 0; i < 50; ++i) {
    const test::NamedPrincipal bob{"bob#" + std::to_string(i)};
    bobs.push_back(std::make_unique<Session>(bounded, "id", bob));
    auto& session = *bobs.back();
    if (session.news.watch("mem://note") == FairShare::Answer::granted) ++watching;
    auto& events = session.events(kept);
    events.add(events.begin_call(), std::string(EventLog::most_bytes / 2, 'x'));
  }
  EXPECT_EQ(bounded.watched().counts().holders, 1U);
  EXPECT_LT(watching, 5U);
  EXPECT_EQ(kept.counts().holders, 1U);
  EXPECT_LE(kept.counts().used, EventLog::most_bytes);
  const test::NamedPrincipal ann{"ann"};
  Session hers{bounded, "id", ann};
  EXPECT_EQ(hers.news.watch("mem://note"), FairShare::Answer::granted);
}

TEST_F(SessionTableTest, WhoHasMostRememberedSessionsLosesTheirs) {
  boost::asio::io_context loop;
  ProcessMemory memory{clock, 10};
  const auto keep = [&](const std::string& who, const std::string& name) {
    SessionChange change;
    change.name = name;
    change.principal = std::make_shared<const test::NamedPrincipal>(who);
    change.log_level = "info";
    run_to_end(loop, memory.keep(std::move(change)));
  };
  keep("ann", "hers");
  for (int i = 0; i < 50; ++i) keep("bob#" + std::to_string(i), "his" + std::to_string(i));
  EXPECT_TRUE(run_to_end(loop, memory.load("hers")));
  EXPECT_TRUE(run_to_end(loop, memory.load("his49")));
  EXPECT_FALSE(run_to_end(loop, memory.load("his3")));
}

TEST_F(SessionTableTest, WhatHasEndedIsNoLongerHeld) {
  for (int i = 0; i < 3; ++i) {
    const auto bobs = open("bob");
    table.erase(*bobs);
  }
  const auto bobs = open("bob");
  open("ann");
  const auto second = open("ann");
  EXPECT_TRUE(open("bob"));
  EXPECT_FALSE(bobs->ended()) << "ann holds more";
  EXPECT_FALSE(second->ended());
}

constexpr auto granted = FairShare::Answer::granted;

class SubscriptionTest : public testing::Test {
 protected:
  std::string heard() {
    std::string methods;
    while (const auto news = subscription.take()) {
      methods += news->uri.empty() ? std::string{news->method()} : news->uri;
      methods += ' ';
    }
    return methods;
  }

  EventBus bus;
  Subscription subscription{bus};
};

TEST_F(SubscriptionTest, HearsOnlyWhatItAskedFor) {
  subscription.follow(ListKind::tools);
  EXPECT_EQ(subscription.watch("a:b"), granted);
  bus.publish_list_changed(ListKind::prompts);
  bus.publish_resource_updated("a:c");
  EXPECT_EQ(heard(), "");
  bus.publish_list_changed(ListKind::tools);
  bus.publish_resource_updated("a:b");
  EXPECT_EQ(heard(), "notifications/tools/list_changed a:b ");
  subscription.unwatch("a:b");
  bus.publish_resource_updated("a:b");
  EXPECT_EQ(heard(), "");
}

TEST_F(SubscriptionTest, ToldOnceHoweverOftenItHappened) {
  EXPECT_EQ(subscription.watch("a:b"), granted);
  for (int i = 0; i < 1000; ++i) bus.publish_resource_updated("a:b");
  EXPECT_EQ(heard(), "a:b ");
  bus.publish_resource_updated("a:b");
  EXPECT_EQ(heard(), "a:b ");
}

TEST_F(SubscriptionTest, WhatIsNoLongerWatchedIsNotTold) {
  EXPECT_EQ(subscription.watch("a:b"), granted);
  bus.publish_resource_updated("a:b");
  subscription.unwatch("a:b");
  EXPECT_EQ(heard(), "");
}

TEST_F(SubscriptionTest, TheBusForgetsWhoIsGone) {
  {
    Subscription short_lived{bus};
    EXPECT_EQ(short_lived.watch("a:b"), granted);
    short_lived.follow(ListKind::tools);
  }
  bus.publish_resource_updated("a:b");
  bus.publish_list_changed(ListKind::tools);
  bus.close();
}

TEST_F(SubscriptionTest, ABeginningTellsAllThatBeginSo) {
  for (const auto* uri : {"m:1", "m:1/a", "m:1/b", "m:10/a", "m:2/a", "n:1/a"}) {
    EXPECT_EQ(subscription.watch(uri), granted);
  }
  bus.publish_resources_updated("m:1/");
  EXPECT_EQ(heard(), "m:1/a m:1/b ");
  bus.publish_resources_updated("");
  EXPECT_EQ(heard(), "m:1 m:1/a m:1/b m:10/a m:2/a n:1/a ");
}

TEST(WatchedShare, WhoWatchesAllTheyMayLeavesRoomForOthers) {
  EventBus bus{{}, {100'000, 10'000}};
  const std::string uri(2'000, 'u');
  Subscription first{bus, "ann"};
  Subscription second{bus, "ann"};
  Subscription other{bus, "bob"};
  EXPECT_EQ(first.watch(uri), FairShare::Answer::granted);
  EXPECT_EQ(first.watch(uri), FairShare::Answer::granted) << "the same once more costs nothing";
  EXPECT_EQ(second.watch(uri), FairShare::Answer::own_share_is_full) << "in all sessions together";
  EXPECT_EQ(second.watched(), 0U);
  EXPECT_EQ(other.watch(uri), FairShare::Answer::granted);
  first.unwatch(uri);
  EXPECT_EQ(second.watch(uri), FairShare::Answer::granted);
}

TEST(WatchedShare, ARememberedSessionWatchesWhatFindsRoomAndForgetsNothing) {
  EventBus bus{{}, {100'000, 10'000}};
  RememberedSession remembered;
  remembered.watched = {"a:b", std::string(4'000, 'u')};
  Session session{bus, "id", test::NamedPrincipal{"ann"}};
  const auto now = Timestamp{};
  session.adopt(remembered);
  EXPECT_EQ(session.news.watched(), 1U);
  EXPECT_TRUE(session.take_change(nullptr, now).unwatched.empty());
}

}  // namespace
}  // namespace gmail_mcp::mcp
