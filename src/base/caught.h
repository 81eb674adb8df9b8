#pragma once

#include <optional>
#include <type_traits>
#include <utility>

#include "base/error.h"
#include "base/task.h"

namespace gmail_mcp {

/// What `task` comes to, an Error as a value: for who has more to await before it is thrown, or
/// answers it. A cancellation is thrown as ever.
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

/// The Error that it throws, if any.
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
