#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/task.h"

namespace gmail_mcp {

/// The outcome of `task`, with an Error as a value: for a caller who has more to await before
/// throwing it, or handles it. A cancellation is thrown as usual.
template <class T>
  requires(!std::is_void_v<T>)
Task<Result<T>> caught(Task<T> task) {
  std::optional<Error> failure;
  try {
    auto value = co_await std::move(task);
    co_return Result<T>{std::move(value)};
  } catch (const Error& error) {
    failure = error;
  }
  co_return Result<T>{*std::move(failure)};
}

/// The Error that the task throws, if any.
inline Task<std::optional<Error>> caught(Task<void> task) {
  std::optional<Error> failure;
  try {
    co_await std::move(task);
  } catch (const Error& error) {
    failure = error;
  }
  co_return failure;
}

}  // namespace gmail_mcp
