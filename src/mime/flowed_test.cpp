#include "mime/flowed.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mime {
namespace {

TEST(Flowed, lines_that_end_with_a_blank_go_on) {
  EXPECT_EQ(unflowed("one \r\ntwo \r\nthree\r\nfour\r\n", false), "one two three\nfour\n");
}

TEST(Flowed, the_blank_goes_away_where_the_sender_says_so) {
  EXPECT_EQ(unflowed("日本 \n語です。\nnext  \nword\n", true), "日本語です。\nnext word\n");
}

TEST(Flowed, blanks_that_protect_a_line_are_taken_away) {
  EXPECT_EQ(unflowed(" From here\n  two blanks\n >no quotation\n", false),
            "From here\n two blanks\n>no quotation\n");
}

TEST(Flowed, a_signature_is_never_joined) {
  EXPECT_EQ(unflowed("bye \n-- \nAnn\n", false), "bye \n-- \nAnn\n");
  EXPECT_EQ(unflowed("> bye \n> -- \n> Ann\n", true), "> bye\n> -- \n> Ann\n");
}

TEST(Flowed, only_lines_of_one_depth_are_joined) {
  EXPECT_EQ(unflowed(">> deep \n>> deeper\n> less \nmine\n", false),
            ">> deep deeper\n> less \nmine\n");
}

TEST(Flowed, depths_are_counted_without_blanks_between_them) {
  EXPECT_EQ(unflowed(">>one \n>>two\n> > three\n", false), ">> one two\n> > three\n");
}

TEST(Flowed, empty_lines_stay) { EXPECT_EQ(unflowed("a \n\nb\n>\n> c", false), "a \nb\n>\n> c"); }

TEST(Flowed, the_end_may_come_in_the_middle) {
  EXPECT_EQ(unflowed("a ", false), "a ");
  EXPECT_EQ(unflowed("a \n", true), "a \n");
  EXPECT_EQ(unflowed("", false), "");
}

}  // namespace
}  // namespace gmail_mcp::mime
