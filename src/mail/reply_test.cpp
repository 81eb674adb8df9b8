#include "mail/reply.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<model::Address> people(std::string_view list) {
  std::vector<model::Address> out;
  for (auto& one : mime::parse_addresses(list)) {
    out.push_back({.name = std::move(one.name), .email = std::move(one.email)});
  }
  return out;
}

std::vector<std::string> emails(const std::vector<mime::Address>& list) {
  std::vector<std::string> out;
  for (const auto& one : list) out.push_back(one.email);
  return out;
}

TEST(WhomToAnswer, what_is_not_sure_matters_where_it_would_be_used) {
  Sender me;
  me.own = {"ann.lee@gmail.com"};
  constexpr bool to_all = true;
  model::Message original;
  original.from = {.name = "Bob", .email = "bob@x.example"};
  EXPECT_TRUE(is_sure_whom_to_answer(original, me, to_all));
  original.to_is_unsure = true;
  EXPECT_TRUE(is_sure_whom_to_answer(original, me, !to_all));
  EXPECT_FALSE(is_sure_whom_to_answer(original, me, to_all));
  original.labels = {"SENT"};
  EXPECT_FALSE(is_sure_whom_to_answer(original, me, !to_all));
  original.labels = {};
  original.from_is_unsure = true;
  EXPECT_FALSE(is_sure_whom_to_answer(original, me, !to_all));
  original.reply_to = people("help@x.example");
  EXPECT_TRUE(is_sure_whom_to_answer(original, me, !to_all));
  original.reply_to_is_unsure = true;
  EXPECT_FALSE(is_sure_whom_to_answer(original, me, !to_all));
}

class ReplyToAll : public testing::Test {
 protected:
  ReplyToAll() {
    me_.own = {"ann.lee@gmail.com", "sales@shop.example"};
    original_.from = {.name = "Bob", .email = "bob@x.example"};
    original_.labels = {"INBOX"};
  }
  mime::Draft answered() {
    add_all_recipients(draft_, original_, me_);
    return draft_;
  }

  Sender me_;
  model::Message original_;
  mime::Draft draft_;
};

TEST_F(ReplyToAll, to_and_cc_are_kept_apart_without_doubles_and_without_any_own_address) {
  original_.to = people(
      "Ann <annlee@googlemail.com>, carol@x.example, Sales <SALES+a@shop.example>, BOB@x.example");
  original_.cc = people("Dan <dan@x.example>, Carol@X.example, ann.lee+news@gmail.com");
  const auto draft = answered();
  EXPECT_THAT(emails(draft.to), ElementsAre("bob@x.example", "carol@x.example"));
  EXPECT_EQ(draft.to[0].name, "Bob");
  EXPECT_THAT(emails(draft.cc), ElementsAre("dan@x.example"));
}

TEST_F(ReplyToAll, reply_to_stands_for_the_sender) {
  original_.reply_to = people("list@x.example");
  original_.to = people("list@x.example, carol@x.example");
  EXPECT_THAT(emails(answered().to), ElementsAre("list@x.example", "carol@x.example"));
}

TEST_F(ReplyToAll, of_what_we_sent_they_are_those_it_was_sent_to) {
  original_.from.email = "other@shop.example";
  original_.labels = {"SENT"};
  original_.to = people("carol@x.example, other@shop.example");
  original_.cc = people("dan@x.example");
  const auto draft = answered();
  EXPECT_THAT(emails(draft.to), ElementsAre("carol@x.example"));
  EXPECT_THAT(emails(draft.cc), ElementsAre("dan@x.example"));
}

TEST_F(ReplyToAll, of_what_we_sent_to_copies_only_they_stay_copies) {
  original_.from.email = "annlee@gmail.com";
  original_.cc = people("dan@x.example");
  const auto draft = answered();
  EXPECT_THAT(draft.to, IsEmpty());
  EXPECT_THAT(emails(draft.cc), ElementsAre("dan@x.example"));
}

TEST_F(ReplyToAll, whom_the_caller_names_stays_where_the_caller_put_them) {
  draft_.to = {{"", "new@x.example"}};
  draft_.bcc = {{"", "Dan@x.example"}};
  original_.to = people("carol@x.example");
  original_.cc = people("dan@x.example");
  const auto draft = answered();
  EXPECT_THAT(emails(draft.to), ElementsAre("new@x.example", "bob@x.example", "carol@x.example"));
  EXPECT_THAT(draft.cc, IsEmpty());
  EXPECT_THAT(emails(draft.bcc), ElementsAre("Dan@x.example"));
}

TEST_F(ReplyToAll, what_is_no_address_is_left_out) {
  original_.to = people("undisclosed-recipients:;, carol@x.example, Dan");
  original_.cc = {{"", "no address"}, {"", "x@"}, {"", "a@b@c"}};
  const auto draft = answered();
  EXPECT_THAT(emails(draft.to), ElementsAre("bob@x.example", "carol@x.example"));
  EXPECT_THAT(draft.cc, IsEmpty());
}

}  // namespace
}  // namespace gmail_mcp::mail
