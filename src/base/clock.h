#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/task.h"

namespace gmail_mcp {

/// A moment in UTC, in milliseconds, as it is stored, shown and compared.
using Timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// Where the time comes from. Product code never asks the system itself, so that tests can set the
/// time. Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;

  virtual Timestamp now() const = 0;

  /// Time that never jumps, for deadlines and durations.
  virtual std::chrono::steady_clock::time_point steady_now() const = 0;

  /// Suspends the caller. Cancellable.
  virtual Task<void> sleep(std::chrono::milliseconds duration) = 0;
};

class SystemClock final : public Clock {
 public:
  Timestamp now() const override;
  std::chrono::steady_clock::time_point steady_now() const override;
  Task<void> sleep(std::chrono::milliseconds duration) override;
};

/// Stands still until told to move. `sleep` advances it and yields once, so that tests of code that
/// waits take no time. One thread.
class ManualClock final : public Clock {
 public:
  explicit ManualClock(Timestamp start = Timestamp{std::chrono::seconds{1'767'225'600}})
      : now_{start} {}

  Timestamp now() const override { return now_; }
  std::chrono::steady_clock::time_point steady_now() const override;
  Task<void> sleep(std::chrono::milliseconds duration) override;

  void advance(std::chrono::milliseconds by) { now_ += by; }

 private:
  Timestamp now_;
};

/// "2026-01-02T03:04:05Z", with ".123" only when there are milliseconds (ISO 8601, UTC).
std::string to_iso8601(Timestamp time);

/// Reads ISO 8601 with `T` or a space, fractions of any length, `Z`, an offset or none (then UTC).
Result<Timestamp> parse_iso8601(std::string_view text);

}  // namespace gmail_mcp
