#include "app/new_mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::app {
namespace {

TEST(NewMail, NamesTheResourcesOfTheMailboxAndOfWhoeverWrote) {
  model::MailboxNews news;
  news.connection = model::ConnectionId{"c1"};
  news.correspondents = {"ann@shop.example"};
  EXPECT_THAT(changed_resources(news),
              testing::UnorderedElementsAre("conversations://c1", "contacts://c1",
                                            "gmail://c1/labels", "messages://c1/ann@shop.example",
                                            "messages://c1/ann%40shop.example"));
}

TEST(NewMail, ReachesThoseWhoWatchItAndNobodyElse) {
  mcp::EventBus bus;
  mcp::Subscription hers{bus};
  mcp::Subscription his{bus};
  EXPECT_EQ(hers.watch("messages://c1/ann@shop.example"), FairShare::Answer::granted);
  EXPECT_EQ(his.watch("messages://c2/ann@shop.example"), FairShare::Answer::granted);
  model::MailboxNews news;
  news.connection = model::ConnectionId{"c1"};
  news.correspondents = {"ann@shop.example"};
  publish(bus, news);
  const auto told = hers.take();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->uri, "messages://c1/ann@shop.example");
  EXPECT_FALSE(hers.take());
  EXPECT_FALSE(his.take());
}

TEST(NewMail, OfMorePeopleThanAreNamedReachesAllWhoWatchTheMailbox) {
  mcp::EventBus bus;
  const auto listener = clients_of(bus);
  EXPECT_FALSE(listener.is_wanted());
  mcp::Subscription hers{bus};
  EXPECT_EQ(hers.watch("messages://c1/ann@shop.example"), FairShare::Answer::granted);
  EXPECT_EQ(hers.watch("messages://c2/ann@shop.example"), FairShare::Answer::granted);
  EXPECT_TRUE(listener.is_wanted());
  model::MailboxNews news;
  news.connection = model::ConnectionId{"c1"};
  news.of_many = true;
  listener.mailbox(news);
  const auto told = hers.take();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->uri, "messages://c1/ann@shop.example");
  EXPECT_FALSE(hers.take());
  listener.missed();
  EXPECT_TRUE(hers.take());
  EXPECT_TRUE(hers.take());
}

TEST(NewMail, TheSettingsSayHowMailboxesAreFollowed) {
  setup::MailSettings settings;
  settings.background_polling = false;
  settings.poll_interval_seconds = 30;
  settings.max_watched_accounts = 7;
  const auto options = watch_options(settings);
  EXPECT_FALSE(options.enabled);
  EXPECT_EQ(options.poll_interval, std::chrono::seconds{30});
  EXPECT_EQ(options.max_waiting, 7U);
  EXPECT_NE(options.process_id, watch_options(settings).process_id);
}

}  // namespace
}  // namespace gmail_mcp::app
