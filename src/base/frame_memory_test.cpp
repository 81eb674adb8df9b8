#include "base/frame_memory.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <cstdint>
#include <cstring>
#include <thread>
#include <vector>

#include "base/task.h"

namespace gmail_mcp {
namespace {

// Each in a thread of its own, which keeps nothing yet.
void in_new_thread(void (*test)()) { std::thread{test}.join(); }

// AddressSanitizer shall see each frame end.
bool keeps_any() {
  auto* memory = take_frame_memory(300);
  give_back_frame_memory(memory, 300);
  const bool keeps = kept_frame_memory() > 0;
  if (keeps) give_back_frame_memory(take_frame_memory(300), 300);
  return keeps;
}

TEST(FrameMemory, what_is_given_back_serves_the_next_frame_of_that_size) {
  in_new_thread([] {
    if (!keeps_any()) return;
    auto* first = take_frame_memory(1000);
    give_back_frame_memory(first, 1000);
    auto* second = take_frame_memory(1008);
    EXPECT_EQ(second, first);
    auto* other = take_frame_memory(1008);
    EXPECT_NE(other, second);
    give_back_frame_memory(other, 1008);
    give_back_frame_memory(second, 1008);
  });
}

TEST(FrameMemory, is_large_enough_and_aligned_for_each_size) {
  in_new_thread([] {
    for (int round = 0; round < 2; ++round) {
      std::vector<std::pair<void*, std::size_t>> taken;
      for (std::size_t bytes = 1; bytes < largest_kept_frame + 300; bytes += 7) {
        auto* memory = take_frame_memory(bytes);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignof(std::max_align_t), 0U);
        std::memset(memory, 0x5a, bytes);
        taken.emplace_back(memory, bytes);
      }
      for (auto& [memory, bytes] : taken) give_back_frame_memory(memory, bytes);
    }
  });
}

TEST(FrameMemory, a_burst_leaves_no_more_than_the_limit) {
  in_new_thread([] {
    std::vector<void*> taken(2000);
    for (auto& one : taken) one = take_frame_memory(700);
    EXPECT_EQ(kept_frame_memory(), 0U);
    for (auto* one : taken) give_back_frame_memory(one, 700);
    EXPECT_LE(kept_frame_memory(), most_frame_memory);
    if (keeps_any()) {
      EXPECT_GE(kept_frame_memory(), most_frame_memory / 2);
    }
  });
}

TEST(FrameMemory, a_very_large_frame_is_not_kept) {
  in_new_thread([] {
    auto* memory = take_frame_memory(largest_kept_frame + 1);
    give_back_frame_memory(memory, largest_kept_frame + 1);
    EXPECT_EQ(kept_frame_memory(), 0U);
  });
}

TEST(FrameMemory, may_be_given_back_on_another_thread) {
  auto* memory = take_frame_memory(500);
  std::thread{[memory] { give_back_frame_memory(memory, 500); }}.join();
}

Task<int> sum_to(int number) {
  if (number == 0) co_return 0;
  const int rest = co_await sum_to(number - 1);
  co_return rest + number;
}

TEST(FrameMemory, tasks_take_their_frames_from_it) {
  in_new_thread([] {
    boost::asio::io_context loop;
    int sum = 0;
    auto run = [&]() -> Task<void> { sum = co_await sum_to(20); };
    run_to_end(loop, run());
    EXPECT_EQ(sum, 210);
    if (!keeps_any()) return;
    const auto kept = kept_frame_memory();
    EXPECT_GT(kept, 20U * sizeof(void*));
    run_to_end(loop, run());
    EXPECT_EQ(kept_frame_memory(), kept);
  });
}

}  // namespace
}  // namespace gmail_mcp
