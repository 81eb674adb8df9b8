#include "app/freed_memory.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace gmail_mcp::app {
namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool has_glibc_s_heap = false;
#elif defined(__has_feature)
constexpr bool has_glibc_s_heap =
    !__has_feature(address_sanitizer) && !__has_feature(thread_sanitizer);
#else
constexpr bool has_glibc_s_heap = true;
#endif

TEST(FreedMemory, what_was_freed_between_things_that_stay_goes_back_once) {
  if (!has_glibc_s_heap) GTEST_SKIP() << "the sanitizer has a heap of its own";
  constexpr std::size_t pieces = 4'000;
  std::vector<std::unique_ptr<std::vector<char>>> freed;
  std::vector<std::unique_ptr<std::vector<char>>> kept;
  for (std::size_t i = 0; i < pieces; ++i) {
    freed.push_back(std::make_unique<std::vector<char>>(std::size_t{16} << 10U, 'x'));
    kept.push_back(std::make_unique<std::vector<char>>(100, 'x'));
  }
  freed.clear();
  FreedMemory memory;
  EXPECT_TRUE(memory.give_back());
  EXPECT_FALSE(memory.give_back()) << "there is nothing left to return";
}

}  // namespace
}  // namespace gmail_mcp::app
