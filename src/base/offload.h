#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace gmail_mcp {

/// From this size on, work is worth a hop to another thread.
inline constexpr std::size_t worth_a_hop = std::size_t{256} << 10;

/// Runs `work` here or, if it has enough bytes to delay the rest of this loop, on the pool, if
/// there is one. What it borrows must outlive the call.
template <class Work>
auto offload(WorkPool* pool, std::size_t bytes, Work work) -> Task<std::invoke_result_t<Work>> {
  if (pool == nullptr || bytes < worth_a_hop) co_return work();
  co_return co_await pool->run(std::move(work));
}

}  // namespace gmail_mcp
