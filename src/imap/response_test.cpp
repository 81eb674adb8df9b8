#include "imap/response.h"

#include <gtest/gtest.h>

#include "imap/fetch_response.h"

namespace gmail_mcp::imap {
namespace {

using namespace std::chrono_literals;

// All responses in `bytes`, which arrive in pieces of that size.
std::vector<Response> responses(std::string_view bytes, std::size_t piece,
                                const FrameLimits& limits = {}) {
  Framer framer{limits};
  std::vector<Response> all;
  while (!bytes.empty()) {
    auto some = bytes.substr(0, piece);
    bytes.remove_prefix(some.size());
    while (!some.empty()) {
      auto frame = framer.take(some).value();
      if (frame) all.push_back(read_response(std::move(*frame)).value());
    }
  }
  return all;
}

Response one(std::string_view line) { return responses(std::string{line} + "\r\n", 1000).at(0); }

bool makes_sense(std::string_view line) {
  Frame frame;
  frame.text = line;
  return read_response(std::move(frame)).has_value();
}

TEST(ResponseTest, BytesMayArriveInAnyPieces) {
  const std::string text =
      "* 12 FETCH (UID 7 BODY[] {12}\r\nline\r\nline)\n FLAGS (\\Seen) X-GM-LABELS ({0}\r\n "
      "\"a\"))\r\n"
      "A1 OK done\r\n";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    const auto all = responses(text, piece);
    ASSERT_EQ(all.size(), 2U);
    const auto& fetched = std::get<Fetched>(all[0]);
    EXPECT_EQ(fetched.sequence, 12U);
    EXPECT_EQ(*fetched.section(""), "line\r\nline)\n");
    EXPECT_TRUE(fetched.has_flag("\\seen"));
    EXPECT_EQ(fetched.gmail_labels, (std::vector<std::string>{"", "a"}));
    EXPECT_EQ(std::get<StatusResponse>(all[1]).tag, "A1");
  }
}

TEST(ResponseTest, ANulByteInALineIsNotTakenForALiteral) {
  const auto listing = one(std::string_view{"* LIST () NIL \"a\0b\"", 19});
  EXPECT_EQ(std::get<FolderListing>(listing).folder.name, "a?b");
}

TEST(ResponseTest, ManyEmptyLiteralsAreBoundedLikeFullOnes) {
  std::string text = "* 1 FETCH (X-GM-LABELS (";
  for (int i = 0; i < 100; ++i) text += "{0}\r\n ";
  Framer framer{FrameLimits{.response = 50 * 64}};
  std::string_view bytes = text;
  EXPECT_FALSE(framer.take(bytes).has_value());
}

TEST(ResponseTest, AMessageTooLongToTellDoesNotTakeTheOthersWithIt) {
  FrameLimits limits;
  limits.line = 1000;
  std::string names;
  for (int i = 0; i < 40; ++i) names += "(\"NAME\" \"" + std::string(100, 'n') + "\") ";
  const auto text = "* 1 FETCH (UID 7 BODYSTRUCTURE (" + names + "{6}\r\nA9 OK\n {4}\r\n)\r\n* " +
                    names + ") BODY[HEADER] {300}\r\n" + std::string(300, '\n') +
                    ")\r\n"
                    "* 2 FETCH (UID 8 BODY[] {2}\r\nhi)\r\nA1 OK done\r\n";
  for (const std::size_t piece : {1U, 7U, 64U, 100'000U}) {
    const auto all = responses(text, piece, limits);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_TRUE(std::holds_alternative<Ignored>(all[0]));
    EXPECT_EQ(std::get<Fetched>(all[1]).uid, 8U);
    EXPECT_EQ(*std::get<Fetched>(all[1]).section(""), "hi");
    EXPECT_EQ(std::get<StatusResponse>(all[2]).tag, "A1");
  }
}

TEST(ResponseTest, WhatIsPassedOverIsBoundedToo) {
  FrameLimits limits;
  limits.line = 1000;
  limits.response = 20'000;
  for (const auto* begin : {"* 1 FETCH (", "* LIST ("}) {
    Framer framer{limits};
    const auto text = begin + std::string(30'000, 'x');
    std::size_t taken = 0;
    bool goes_on = true;
    while (goes_on && taken < text.size()) {
      auto some = std::string_view{text}.substr(taken, 500);
      taken += some.size();
      goes_on = framer.take(some).has_value();
    }
    EXPECT_FALSE(goes_on) << begin;
    EXPECT_EQ(taken > 2'000, std::string_view{begin}.ends_with("FETCH (")) << begin;
  }
}

TEST(ResponseTest, NestingIsBounded) {
  const std::string deep(100'000, '(');
  // The structure would be left out, but the rest of the response is unbalanced as well.
  EXPECT_FALSE(makes_sense("* 1 FETCH (BODYSTRUCTURE " + deep));
  const auto balanced =
      one("* 1 FETCH (BODYSTRUCTURE " + deep + "\"x\"" + std::string(100'000, ')') + " UID 5)");
  EXPECT_EQ(std::get<Fetched>(balanced).uid, 5U);
  EXPECT_FALSE(std::get<Fetched>(balanced).structure);
}

TEST(ResponseTest, CodesAreReadInEveryKindOfStatus) {
  const auto status = std::get<StatusResponse>(one("A7 no [badcharset (UTF-8)] Sorry"));
  EXPECT_EQ(status.code, "BADCHARSET");
  EXPECT_EQ(status.argument, "(UTF-8)");
  EXPECT_EQ(status.text, "Sorry");
  EXPECT_EQ(std::get<StatusResponse>(one("* BYE")).condition, StatusResponse::Condition::bye);
  EXPECT_EQ(std::get<StatusResponse>(one("A1 OK [unclosed")).code, "");
}

TEST(ResponseTest, WhatMakesNoSenseIsAnError) {
  for (const auto* wrong :
       {"", "A1", "A1 MAYBE", "*", "* ", "* 5", "* 5 FETCH", "* 5 FETCH (UID x)", "* LIST () NIL",
        "* LIST (\\Noselect NIL x", "* STATUS a (MESSAGES", "* STATUS a (UIDNEXT 99999999999)",
        "* SEARCH 1 x", "* SEARCH 0", "* ESEARCH (TAG \"a\") ALL 1:*", "* 99999999999 EXISTS",
        "* 1 FETCH (UID 1) more"}) {
    EXPECT_FALSE(makes_sense(wrong)) << wrong;
  }
}

TEST(ResponseTest, CopyUidPairsTwoListsByPosition) {
  const auto copied = read_copied("38505 304,319:320 3958:3956");
  ASSERT_TRUE(copied);
  EXPECT_EQ(copied->uids,
            (std::vector<std::pair<Uid, Uid>>{{304, 3958}, {319, 3957}, {320, 3956}}));
  for (const auto* wrong : {"", "1 2", "1 1:3 1:2", "1 1:4294967295 1:4294967295", "x 1 1"}) {
    EXPECT_FALSE(read_copied(wrong)) << wrong;
  }
}

TEST(ResponseTest, InternalDatesAreUtc) {
  const Timestamp noon = std::chrono::sys_days{std::chrono::year{2026} / 3 / 4} + 12h;
  EXPECT_EQ(read_internal_date("04-Mar-2026 12:00:00 +0000"), noon);
  EXPECT_EQ(read_internal_date(" 4-Mar-2026 14:30:00 +0230"), noon);
  EXPECT_EQ(read_internal_date("04-Mar-2026 05:00:00 -0700"), noon);
  EXPECT_EQ(write_internal_date(noon + 999ms), "04-Mar-2026 12:00:00 +0000");
  for (const auto* wrong :
       {"", "31-Feb-2026 12:00:00 +0000", "4-Mar-2026", "04-Mar-2026 25:00:00 +0000",
        "04-Mär-2026 12:00:00 +0000", "04-Mar-2026 12:00:00 0000"}) {
    EXPECT_FALSE(read_internal_date(wrong)) << wrong;
  }
}

TEST(ResponseTest, ASizeOrASequenceBeyondItsBitsIsAnError) {
  EXPECT_FALSE(makes_sense("* 1 FETCH (UID 4294967296)"));
  EXPECT_FALSE(makes_sense("* 1 FETCH (X-GM-MSGID 18446744073709551616)"));
  const auto most = one("* 1 FETCH (X-GM-MSGID 18446744073709551615)");
  EXPECT_EQ(std::get<Fetched>(most).gmail_message_id, 18446744073709551615U);
}

}  // namespace
}  // namespace gmail_mcp::imap
