#include "mail/recipients.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace gmail_mcp::mail {
namespace {

using ::testing::ElementsAre;

TEST(RecipientsOfAMessage, each_is_named_once_as_it_is_written_and_in_order) {
  Recipients recipients;
  for (const auto* email : {"Bob@Shop.example", "", "ann@shop.example", "bob@shop.example"}) {
    recipients.add(email);
  }
  EXPECT_THAT(std::move(recipients).finish().value(),
              ElementsAre("Bob@Shop.example", "ann@shop.example"));
}

TEST(RecipientsOfAMessage, five_hundred_and_one_are_too_many_whoever_is_named_twice) {
  Recipients recipients;
  for (std::size_t i = 0; i < max_recipients; ++i) {
    for (int twice = 0; twice < 2; ++twice) recipients.add(std::to_string(i) + "@shop.example");
  }
  auto one_more = recipients;
  EXPECT_EQ(std::move(recipients).finish().value().size(), max_recipients);
  one_more.add("late@shop.example");
  EXPECT_EQ(std::move(one_more).finish().error().code, Errc::too_large);
}

TEST(IsSameMailbox, knows_the_spellings_of_gmail_and_only_its) {
  for (const auto* other :
       {"ann.lee@gmail.com", "AnnLee@Gmail.com", "a.n.n.lee+shop@googlemail.com"}) {
    EXPECT_TRUE(is_same_mailbox("ann.lee@gmail.com", other)) << other;
  }
  EXPECT_TRUE(is_same_mailbox("ann@shop.example", "Ann+orders+x@SHOP.example"));
  for (const auto& [a, b] : {std::pair{"ann.lee@shop.example", "annlee@shop.example"},
                             std::pair{"ann@gmail.com", "ann@shop.example"},
                             std::pair{"+ann@shop.example", "+bob@shop.example"},
                             std::pair{"ann", "ann@gmail.com"}, std::pair{"", "@gmail.com"}}) {
    EXPECT_FALSE(is_same_mailbox(a, b)) << a << ' ' << b;
  }
}

}  // namespace
}  // namespace gmail_mcp::mail
