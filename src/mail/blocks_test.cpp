#include "mail/blocks.h"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace gmail_mcp::mail {
namespace {

TEST(Blocks, give_each_text_back_whatever_was_dropped_before) {
  Blocks blocks;
  std::map<std::size_t, std::pair<Blocks::Kept, std::string>> all;
  unsigned random = 1;
  for (std::size_t i = 0; i < 2'000; ++i) {
    random = random * 1'664'525 + 1'013'904'223;
    const std::string text(random / 7 % 3'000, static_cast<char>('a' + i % 26));
    all[i] = {blocks.keep(text), text};
    if (i % 3 == 0) continue;
    const auto victim = all.lower_bound(random % i);
    if (victim == all.end()) continue;
    blocks.drop(victim->second.first);
    all.erase(victim);
  }
  for (const auto& [number, one] : all) EXPECT_EQ(blocks.text(one.first), one.second) << number;
}

TEST(Blocks, hold_texts_of_any_length) {
  Blocks blocks;
  for (const std::size_t size : {0U, 1U, 507U, 508U, 509U, 1'016U, 1'017U, 1'000'000U}) {
    const std::string text(size, 'x');
    EXPECT_EQ(blocks.text(blocks.keep(text)), text) << size;
  }
}

TEST(Blocks, take_little_more_than_the_texts) {
  EXPECT_EQ(Blocks::space_of(0), 512U);
  EXPECT_EQ(Blocks::space_of(5'600), 12 * 512U);
}

}  // namespace
}  // namespace gmail_mcp::mail
