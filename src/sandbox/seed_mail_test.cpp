#include "sandbox/seed_mail.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "sandbox/query.h"

namespace gmail_mcp::sandbox {
namespace {

using testing::Ge;
using testing::Le;

std::size_t count(const Mailbox& mailbox, const Clock& clock, std::string_view text) {
  const auto query = Query::parse(text);
  const SearchContext context{mailbox.address(), &mailbox.labels(), clock.now()};
  std::size_t found = 0;
  for (const auto* message : mailbox.newest_first()) found += query.matches(*message, context);
  return found;
}

class SeedMail : public testing::Test {
 protected:
  SeedMail() {
    world.add_account("alex.morgan@gmail.example", "Alex Morgan");
    world.add_account("priya.nair@gmail.example", "Priya Nair");
    world.add_account("tom.becker@gmail.example", "Tom Becker");
    seed_mail(world);
  }

  ManualClock clock;
  World world{clock};
};

TEST_F(SeedMail, EveryMailboxHoldsAboutSixtyMessagesInAboutTwentyFiveThreads) {
  for (const auto& account : world.accounts()) {
    EXPECT_THAT(account->mailbox.message_count(), testing::AllOf(Ge(55U), Le(70U)));
    EXPECT_THAT(account->mailbox.thread_count(), testing::AllOf(Ge(22U), Le(32U)));
  }
}

TEST_F(SeedMail, EveryKindOfMailIsThere) {
  const auto& mailbox = world.mailbox("alex.morgan@gmail.example");
  EXPECT_EQ(count(mailbox, clock, "filename:pdf"), 3U);
  EXPECT_EQ(count(mailbox, clock, "filename:csv"), 1U);
  EXPECT_EQ(count(mailbox, clock, "filename:ics"), 2U);
  EXPECT_EQ(count(mailbox, clock, "filename:eml has:attachment"), 1U);
  EXPECT_EQ(count(mailbox, clock, "list:cpp-meetup"), 7U);
  EXPECT_EQ(count(mailbox, clock, "subject:Grüße"), 2U);
  EXPECT_EQ(count(mailbox, clock, "subject:東京出張"), 2U);
  EXPECT_EQ(count(mailbox, clock, "label:work-projects"), 8U);
  EXPECT_EQ(count(mailbox, clock, "label:receipts"), 4U);
  EXPECT_EQ(count(mailbox, clock, "\"ignore all previous instructions\""), 1U);
  EXPECT_EQ(count(mailbox, clock, "in:spam"), 1U);
  EXPECT_EQ(count(mailbox, clock, "in:trash"), 1U);
  EXPECT_EQ(mailbox.drafts().size(), 1U);
}

TEST_F(SeedMail, AllMailIsOfTheLastWeeks) {
  const auto& mailbox = world.mailbox("tom.becker@gmail.example");
  EXPECT_EQ(count(mailbox, clock, "older_than:40d"), 0U);
  EXPECT_EQ(count(mailbox, clock, "newer_than:40d"), mailbox.message_count());
  EXPECT_THAT(count(mailbox, clock, "newer_than:1d"), Ge(2U));
}

TEST_F(SeedMail, TheSharedThreadIsInEveryMailboxWithTheSendersOwnPartAsSent) {
  for (const auto& account : world.accounts()) {
    EXPECT_EQ(count(account->mailbox, clock, "subject:\"team lunch\""), 4U);
    EXPECT_THAT(count(account->mailbox, clock, "subject:\"team lunch\" in:sent from:me"), Ge(1U));
  }
}

TEST_F(SeedMail, TwoRunsGiveTheSameIds) {
  World other{clock};
  for (const auto& account : world.accounts()) other.add_account(account->email, account->name);
  seed_mail(other);
  for (const auto& account : world.accounts()) {
    const auto mine = account->mailbox.newest_first();
    const auto theirs = other.mailbox(account->email).newest_first();
    ASSERT_EQ(mine.size(), theirs.size());
    for (std::size_t i = 0; i < mine.size(); ++i) EXPECT_EQ(mine[i]->id, theirs[i]->id);
  }
}

}  // namespace
}  // namespace gmail_mcp::sandbox
