#include "mail/archive_entry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

using ::testing::ElementsAre;

model::Message from_bob() {
  model::Message message;
  message.id = model::MessageId{"1"};
  message.from = {.name = "Bob", .email = "Bob@X.com"};
  return message;
}

TEST(ArchiveEntry, says_which_way_a_message_went_and_whose_history_it_is) {
  auto message = from_bob();
  message.to = {{.name = "", .email = "ann@gmail.com"}, {.name = "", .email = "carl@x.com"}};
  auto entry = to_entry(message, "Ann@gmail.com");
  EXPECT_EQ(entry.archived.direction, model::Direction::received);
  EXPECT_THAT(entry.correspondents, ElementsAre(model::Address{"Bob", "bob@x.com"}));

  message.from.email = "ANN@gmail.com";
  entry = to_entry(message, "ann@gmail.com");
  EXPECT_EQ(entry.archived.direction, model::Direction::sent);
  EXPECT_THAT(entry.correspondents, ElementsAre(model::Address{"", "carl@x.com"}));

  message.to.pop_back();
  entry = to_entry(message, "ann@gmail.com");
  EXPECT_THAT(entry.correspondents, ElementsAre(model::Address{"", "ann@gmail.com"}))
      << "a note to oneself";
}

TEST(ArchiveEntry, of_html_alone_the_text_is_searched) {
  auto message = from_bob();
  message.body_html = "<style>x{}</style><p>Hello <b>world</b></p>";
  EXPECT_EQ(to_entry(message, "ann@gmail.com").text, "Hello world");
  message.body_plain = "Plain";
  EXPECT_EQ(to_entry(message, "ann@gmail.com").text, std::nullopt);
}

}  // namespace
}  // namespace gmail_mcp::mail
