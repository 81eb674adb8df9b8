#include "smtp/letter_reader.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace gmail_mcp::smtp {
namespace {

std::string on_the_wire(std::string_view letter, std::size_t piece) {
  std::vector<char> buffer(piece);
  LetterReader reader{letter};
  std::string out;
  while (const auto count = reader.read(buffer)) out.append(buffer.data(), count);
  return out;
}

// The letter that a receiver reads (RFC 5321 §4.5.2); false when there is a final dot or a lone CR
// or LF in it.
bool received(std::string_view wire, std::string& letter) {
  while (!wire.empty()) {
    const auto end = wire.find("\r\n");
    if (end == std::string_view::npos) return false;
    auto line = wire.substr(0, end);
    if (line == "." || line.find_first_of("\r\n") != std::string_view::npos) return false;
    if (line.starts_with('.')) line.remove_prefix(1);
    letter.append(line).append("\r\n");
    wire.remove_prefix(end + 2);
  }
  return true;
}

TEST(LetterReader, sends_a_proper_letter_as_it_is) {
  EXPECT_EQ(on_the_wire("a\r\n\r\nb\r\n", 64), "a\r\n\r\nb\r\n");
  EXPECT_EQ(on_the_wire("", 64), "");
}

TEST(LetterReader, doubles_dots_at_the_beginning_of_lines_only) {
  EXPECT_EQ(on_the_wire(".a\r\nb.\r\n..c\r\n.\r\n", 64), "..a\r\nb.\r\n...c\r\n..\r\n");
}

TEST(LetterReader, ends_an_unfinished_line) {
  EXPECT_EQ(on_the_wire("a", 64), "a\r\n");
  EXPECT_EQ(on_the_wire("a\r", 64), "a\r\n");
  EXPECT_EQ(on_the_wire(".", 64), "..\r\n");
}

TEST(LetterReader, no_letter_whatsoever_ends_early) {
  std::mt19937 random{20251201};
  const std::string signs = ".\r\n.\r\nab";
  for (int round = 0; round < 20'000; ++round) {
    std::string letter;
    for (auto left = random() % 24; left > 0; --left) letter += signs[random() % signs.size()];
    const auto wire = on_the_wire(letter, 64);
    std::string back;
    ASSERT_TRUE(received(wire, back)) << testing::PrintToString(letter);
    std::string plain;
    for (std::size_t i = 0; i < letter.size(); ++i) {
      const bool crlf = letter[i] == '\r' && i + 1 < letter.size() && letter[i + 1] == '\n';
      if (crlf) ++i;
      plain += crlf || letter[i] == '\r' || letter[i] == '\n' ? "\r\n" : letter.substr(i, 1);
    }
    if (!plain.empty() && !plain.ends_with('\n')) plain += "\r\n";
    ASSERT_EQ(back, plain) << testing::PrintToString(letter);
    // However it is cut into pieces.
    for (const std::size_t piece : {4U, 5U, 7U, 11U}) ASSERT_EQ(on_the_wire(letter, piece), wire);
  }
}

}  // namespace
}  // namespace gmail_mcp::smtp
