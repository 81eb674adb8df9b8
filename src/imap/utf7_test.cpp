#include "imap/utf7.h"

#include <gtest/gtest.h>

namespace gmail_mcp::imap {
namespace {

TEST(Utf7Test, NamesGoBothWays) {
  // The examples of RFC 3501 §5.1.3, and a character beyond the basic plane.
  const std::pair<const char*, const char*> examples[] = {
      {"~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"},
      {"Entwürfe", "Entw&APw-rfe"},
      {"Tom & Ann", "Tom &- Ann"},
      {"😀!", "&2D3eAA-!"},
      {"&", "&-"},
      {"", ""},
  };
  for (const auto& [utf8, wire] : examples) {
    EXPECT_EQ(encode_utf7(utf8), wire);
    EXPECT_EQ(decode_utf7(wire), utf8);
  }
}

TEST(Utf7Test, WhatIsNotModifiedUtf7IsShownAsItCame) {
  for (const auto* wrong : {"&", "&AP", "&A-", "&!!-", "&2D0-", "&3gA-", "ä", "&APx-"}) {
    EXPECT_FALSE(decode_utf7(wrong)) << wrong;
  }
  EXPECT_EQ(readable_name("Entwürfe"), "Entwürfe");
  EXPECT_EQ(readable_name("R&D"), "R&D");
  EXPECT_EQ(readable_name("\xff"), "\xEF\xBF\xBD");
}

TEST(Utf7Test, WhatIsNoUtf8IsRepairedBeforeItIsSent) {
  EXPECT_EQ(encode_utf7("a\xff"), encode_utf7("a\xEF\xBF\xBD"));
}

}  // namespace
}  // namespace gmail_mcp::imap
