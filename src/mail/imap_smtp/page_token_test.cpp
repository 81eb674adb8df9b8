#include "mail/imap_smtp/page_token.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mail {
namespace {

TEST(PageToken, comes_back_as_it_was) {
  const std::vector<PageMark> marks{{3, 120}, {0xffff'ffff, 1}};
  EXPECT_EQ(read_page_token(write_page_token(marks)), marks);
}

TEST(PageToken, what_we_did_not_write_is_refused) {
  for (const auto* text : {"", "p1", "p2-1.2", "p1-", "p1-1", "p1-1.", "p1-.1", "p1-1.0", "p1-1.-1",
                           "p1-4294967296.1", "p1-1.2x", "7", "no-such-page!"}) {
    EXPECT_FALSE(read_page_token(text)) << text;
  }
  std::string endless = "p1";
  for (int i = 0; i < 1'000; ++i) endless += "-1.1";
  EXPECT_FALSE(read_page_token(endless));
}

}  // namespace
}  // namespace gmail_mcp::mail
