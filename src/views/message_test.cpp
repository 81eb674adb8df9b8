#include "views/message.h"

#include <gtest/gtest.h>

namespace gmail_mcp::views {
namespace {

model::Message answered_elsewhere() {
  model::Message message;
  message.from.email = "ann@shop.example";
  message.reply_to = {{.name = "", .email = "eve@bank.example"},
                      {.name = "", .email = "ticket@crm.example"}};
  return message;
}

TEST(MessageViewed, where_answers_go_is_marked_where_it_is_not_sure) {
  for (const bool is_unsure : {false, true}) {
    auto message = answered_elsewhere();
    message.reply_to_is_unsure = is_unsure;
    const auto shown = of(std::move(message));
    EXPECT_FALSE(shown.from.is_unsure);
    ASSERT_EQ(shown.reply_to.size(), 2U);
    for (const auto& one : shown.reply_to) EXPECT_EQ(one.is_unsure.has_value(), is_unsure);
  }
}

}  // namespace
}  // namespace gmail_mcp::views
