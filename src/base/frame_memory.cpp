#include "base/frame_memory.h"

#include <array>
#include <new>
#include <utility>

namespace gmail_mcp {

namespace {

#if defined(__SANITIZE_ADDRESS__)
constexpr bool keeps_frames = false;  // it finds what uses a frame that has ended
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
constexpr bool keeps_frames = false;
#else
constexpr bool keeps_frames = true;
#endif
#else
constexpr bool keeps_frames = true;
#endif

// What malloc rounds to, so that nothing is added to a frame that lives long.
constexpr std::size_t step = 16;

struct UnusedFrame {
  UnusedFrame* next;
};

// One list for each multiple of `step`. Without a destructor, so that it is there until the last
// frame of the thread has ended.
struct KeptFrames {
  std::array<UnusedFrame*, largest_kept_frame / step> lists;
  std::size_t bytes;
  std::size_t limit;
};

constinit thread_local KeptFrames kept_frames{{}, 0, most_frame_memory};

constexpr std::size_t list_of(std::size_t bytes) { return (bytes - 1) / step; }
constexpr std::size_t size_in(std::size_t list) { return (list + 1) * step; }

// Frees what is kept when the thread ends.
struct FreedAtEnd {
  ~FreedAtEnd() {
    kept_frames.limit = 0;
    for (auto& list : kept_frames.lists) {
      while (list != nullptr) ::operator delete(std::exchange(list, list->next));
    }
    kept_frames.bytes = 0;
  }
};

void free_at_end() {
  thread_local const FreedAtEnd at_end;
  static_cast<void>(at_end);
}

}  // namespace

void* take_frame_memory(std::size_t bytes) {
  if (!keeps_frames || bytes > largest_kept_frame) return ::operator new(bytes);
  auto& kept = kept_frames;
  const auto number = list_of(bytes);
  auto*& list = kept.lists[number];
  if (list == nullptr) return ::operator new(size_in(number));
  kept.bytes -= size_in(number);
  return std::exchange(list, list->next);
}

void give_back_frame_memory(void* memory, std::size_t bytes) noexcept {
  auto& kept = kept_frames;
  const auto number = list_of(bytes);
  const bool is_kept =
      keeps_frames && bytes <= largest_kept_frame && kept.bytes + size_in(number) <= kept.limit;
  if (!is_kept) return ::operator delete(memory);
  if (kept.bytes == 0) free_at_end();
  kept.bytes += size_in(number);
  auto*& list = kept.lists[number];
  list = ::new (memory) UnusedFrame{list};
}

std::size_t kept_frame_memory() { return kept_frames.bytes; }

}  // namespace gmail_mcp
