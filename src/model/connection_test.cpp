#include "model/connection.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace gmail_mcp::model {
namespace {

TEST(ConnectionId, is_a_uuid_with_its_dashes_or_without) {
  for (const auto* text :
       {"0b7e3f52-9f1c-4d2a-8c55-2f6f3f1b9a10", "0B7E3F52-9F1C-4D2A-8C55-2F6F3F1B9A10",
        "ae9a20166dea4384913d383ecdeedd8d"}) {
    EXPECT_EQ(parse_connection_id(text), ConnectionId{to_lower_ascii(text)}) << "as it is stored";
  }
}

TEST(ConnectionId, is_no_other_text) {
  for (const auto* text :
       {"", "x", "7", "user-123", "ae9a20166dea4384913d383ecdeedd8",
        "ae9a20166dea4384913d383ecdeedd8d0", "ae9a20166dea4384913d383ecdeedd8g",
        "0b7e3f529-f1c-4d2a-8c55-2f6f3f1b9a10", "0b7e3f52-9f1c-4d2a-8c55-2f6f3f1b9a1-",
        "{b7e3f52-9f1c-4d2a-8c55-2f6f3f1b9a1}"}) {
    EXPECT_EQ(parse_connection_id(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace gmail_mcp::model
