#pragma once

#include <cstddef>

namespace gmail_mcp {

/// Memory for the frames of coroutines. A call takes some twenty to fifty of them, each for a
/// moment: what is given back is kept by the thread for the next frame of that size. Aligned
/// for every type of ordinary alignment. Thread-safe; memory may be given back on another thread.
void* take_frame_memory(std::size_t bytes);
/// `bytes`: as it was taken.
void give_back_frame_memory(void* memory, std::size_t bytes) noexcept;

/// How many bytes this thread keeps.
std::size_t kept_frame_memory();
/// It never keeps more, so that a burst of requests leaves little behind.
inline constexpr std::size_t most_frame_memory = std::size_t{512} << 10;
/// Larger frames are not kept.
inline constexpr std::size_t largest_kept_frame = std::size_t{8} << 10;

}  // namespace gmail_mcp
