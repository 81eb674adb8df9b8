#pragma once

#include <boost/asio/io_context.hpp>
#include <exception>
#include <functional>

#include "base/task.h"

namespace gmail_mcp {

inline Task<void> one_then_the_other(std::function<Task<void>()> body,
                                     std::function<Task<void>()> after) {
  std::exception_ptr failure;
  try {
    co_await body();
  } catch (...) {
    failure = std::current_exception();
  }
  co_await after();
  if (failure) std::rethrow_exception(failure);
}

/// Runs `body` and, however it ends, `after`, which stops what would keep the loop from ending.
/// Throws what `body` threw.
inline void run_then(boost::asio::io_context& loop, const std::function<Task<void>()>& body,
                     const std::function<Task<void>()>& after) {
  run_to_end(loop, one_then_the_other(body, after));
}

}  // namespace gmail_mcp
