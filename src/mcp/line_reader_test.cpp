#include "mcp/line_reader.h"

#include <gtest/gtest.h>

namespace gmail_mcp::mcp {
namespace {

// The lines so far; "!" stands for one that is too long.
std::string lines_of(LineReader& reader) {
  std::string seen;
  while (const auto line = reader.next()) seen += (line->too_long ? "!" : line->text) + "|";
  return seen;
}

TEST(LineReader, CutsWhereverTheBytesAreCut) {
  LineReader reader{10};
  reader.feed("ab");
  EXPECT_EQ(lines_of(reader), "");
  reader.feed("c\n\nde");
  EXPECT_EQ(lines_of(reader), "abc||");
  reader.feed("\nf");
  EXPECT_EQ(lines_of(reader), "de|");
  reader.finish();
  EXPECT_EQ(lines_of(reader), "f|");
  reader.finish();
  EXPECT_EQ(lines_of(reader), "");
}

TEST(LineReader, ReportsALongLineOnceAndGoesOn) {
  LineReader reader{3};
  reader.feed("abc\nab");
  EXPECT_EQ(lines_of(reader), "abc|");
  reader.feed("cd");
  EXPECT_EQ(lines_of(reader), "!|") << "before its end";
  reader.feed("efghijk");
  reader.feed("l\nab\nabcd\nx\n");
  EXPECT_EQ(lines_of(reader), "ab|!|x|");
}

}  // namespace
}  // namespace gmail_mcp::mcp
