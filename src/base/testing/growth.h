#pragma once

#include <gtest/gtest.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <ctime>
#include <functional>
#include <limits>
#include <string>
#include <string_view>

namespace gmail_mcp::growth {

// In slow builds a nested loop cannot be told apart at sizes that finish within minutes. The
// sanitizers look for other faults in these texts, so smaller ones will do.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GMAIL_MCP_SLOW_STEPS
#endif
#endif
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(GMAIL_MCP_SLOW_STEPS)
#define GMAIL_MCP_FAST_STEPS
#endif
#ifdef GMAIL_MCP_FAST_STEPS
inline constexpr std::size_t growing_text = std::size_t{64} << 10;
#else
inline constexpr std::size_t growing_text = std::size_t{8} << 10;
#endif

/// Measures how the work of a function grows with its input, for code that reads strangers' texts:
/// four times the text may take about four times the work (a little more where something is
/// sorted), never the sixteen times of a nested loop.
///
/// Work is counted in instructions where the kernel lets us (perf_event_open). Elsewhere, in most
/// containers, it is the thread's own CPU time, the least of several runs. Only the ratio on one
/// machine at one moment counts, never the time itself. Too much growth is measured again before it
/// is reported, because other processes only ever make work look larger.
class WorkMeter {
 public:
  WorkMeter() {
    // Otherwise large blocks would come from the kernel page by page, and small ones would not.
    mallopt(M_MMAP_THRESHOLD, std::numeric_limits<int>::max());
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    perf_event_attr wanted{};
    wanted.type = PERF_TYPE_HARDWARE;
    wanted.size = sizeof wanted;
    wanted.config = PERF_COUNT_HW_INSTRUCTIONS;
    wanted.exclude_kernel = 1;
    wanted.exclude_hv = 1;
    counter_ = static_cast<int>(::syscall(SYS_perf_event_open, &wanted, 0, -1, -1, 0));
  }
  ~WorkMeter() {
    if (counter_ >= 0) ::close(counter_);
  }
  WorkMeter(const WorkMeter&) = delete;
  WorkMeter& operator=(const WorkMeter&) = delete;

  bool counts_instructions() const { return counter_ >= 0; }

  double work_of(const std::function<void()>& run) const {
    const auto before = read();
    run();
    return static_cast<double>(std::max<std::int64_t>(read() - before, 1));
  }

 private:
  std::int64_t read() const {
    std::int64_t count = 0;
    if (counts_instructions() && ::read(counter_, &count, sizeof count) == sizeof count) {
      return count;
    }
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * std::int64_t{1'000'000'000} + now.tv_nsec;
  }

  int counter_ = -1;
};

/// Measures `run(text)` with the text of `make(n)`, at n and 4n, and at 16n where those two look
/// bad.
template <class Make, class Run>
void expect_linear(std::string_view what, std::size_t n, const Make& make, const Run& run) {
  static const WorkMeter meter;
  const double most = meter.counts_instructions() ? 5.5 : 7.0;
  constexpr int rounds = 6;
  const auto small = make(n);
  const auto large = make(4 * n);
  run(small);  // what is only made at the first use must not count
  double least = std::numeric_limits<double>::max();
  for (int round = 0; round < rounds && least > most; ++round) {
    const int runs = round == 0 ? 1 : 3;
    double once = std::numeric_limits<double>::max();
    double four_times = once;
    for (int i = 0; i < runs; ++i) {
      once = std::min(once, meter.work_of([&] { run(small); }));
      four_times = std::min(four_times, meter.work_of([&] { run(large); }));
    }
    least = std::min(least, four_times / once);
  }
  if (least <= most) return;
  // A step of the machine (memory that no longer fits a cache that others use too) looks like
  // growth between two sizes, never over a range as wide as this one. Work that hardly grows any
  // more has met a limit of its own, and says nothing.
  const auto largest = make(16 * n);
  double once = std::numeric_limits<double>::max();
  double four_times = once;
  double sixteen_times = once;
  for (int i = 0; i < 3; ++i) {
    once = std::min(once, meter.work_of([&] { run(small); }));
    four_times = std::min(four_times, meter.work_of([&] { run(large); }));
    sixteen_times = std::min(sixteen_times, meter.work_of([&] { run(largest); }));
  }
  if (sixteen_times / once <= most * most && sixteen_times / four_times >= 2.5) return;
  ADD_FAILURE() << what << ": of four times as much, " << least
                << " times the work; of sixteen times as much, " << sixteen_times / once;
}

/// `unit` as often as it fits into `n` bytes.
inline std::string repeated(std::string_view unit, std::size_t n) {
  std::string text;
  text.reserve(n + unit.size());
  while (text.size() + unit.size() <= n) text += unit;
  return text;
}

/// A text of `n` bytes: one half repeats `first`, the other half the second, with `between` in the
/// middle.
inline std::string halves(std::string_view first, std::string_view between, std::string_view second,
                          std::size_t n) {
  return repeated(first, n / 2).append(between).append(repeated(second, n / 2));
}

}  // namespace gmail_mcp::growth
