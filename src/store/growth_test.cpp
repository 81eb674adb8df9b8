// Mail that is put into an index of words: four times as much may take four times as long, not
// more.
#include "base/testing/growth.h"

#include <gtest/gtest.h>

#include <string>

#include "store/search_query.h"
#include "store/sql/search_words.h"

namespace gmail_mcp::store {
namespace {

using gmail_mcp::growth::expect_linear;
using gmail_mcp::growth::growing_text;
using gmail_mcp::growth::repeated;

TEST(Growth, SearchWords) {
  for (const std::string unit :
       {"a", "a ", "ab cd ", "会", "会a", "\xCC\x81", "\xFF", "é", "…", "1 ", "A,"}) {
    expect_linear(
        unit, growing_text, [&](std::size_t n) { return repeated(unit, n); },
        [](const std::string& text) {
          tsvector_of(1, text, text);
          with_word_breaks(text);
        });
  }
  // All words are different.
  expect_linear(
      "words", growing_text,
      [](std::size_t n) {
        std::string text;
        for (std::size_t i = 0; text.size() < n; ++i)
          text += std::to_string(i * 7919 + 100'000) + ' ';
        return text;
      },
      [](const std::string& text) { tsvector_of(1, "", text); });
}

}  // namespace
}  // namespace gmail_mcp::store
