#pragma once

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <exception>
#include <memory>
#include <string>

#include "base/task.h"

namespace gmail_mcp {

/// A scene on a loop that is disturbed once. A new one is made for every point, so it must take the
/// same steps each time: no threads, and no clock but a ManualClock.
class Play {
 public:
  explicit Play(boost::asio::io_context& on) : loop{on} {}
  virtual ~Play() = default;
  Play(const Play&) = delete;
  Play& operator=(const Play&) = delete;

  /// The coroutine under test.
  virtual Task<void> act() = 0;
  /// The disturbance: by default its caller is cancelled. Others are an owner that closes, a
  /// background task that is stopped, or the same act begun a second time.
  virtual void interfere(boost::asio::cancellation_signal& caller) {
    caller.emit(boost::asio::cancellation_type::terminal);
  }
  /// After `act`: ends everything else and checks that all is as it should be.
  virtual void judge() {}

 protected:
  /// Continues in the loop's next turn.
  Task<void> yield() { co_await boost::asio::post(loop, use_task); }
  void run(Task<void> task) { run_to_end(loop, std::move(task)); }
  template <class T>
  T run(Task<T> task) {
    return run_to_end(loop, std::move(task));
  }

  boost::asio::io_context& loop;
};

/// The message of `thrown`; "" for nothing.
inline std::string what_is_thrown(const std::exception_ptr& thrown) {
  if (!thrown) return {};
  try {
    std::rethrow_exception(thrown);
  } catch (const std::exception& known) {
    return known.what();
  } catch (...) {
    return "something that is no exception";
  }
}

/// Plays again and again, interfering after 0, 1, 2 … handlers of the loop, until the play ends
/// before the interference. Each time everything must end, and nothing may be used after it was
/// freed (which AddressSanitizer sees). The last play is undisturbed and must succeed; otherwise it
/// tested something else. Returns the number of points.
template <class P>
std::size_t interfere_at_every_point(const std::string& name,
                                     std::chrono::milliseconds too_long = std::chrono::minutes{1}) {
  std::size_t point = 0;
  bool was_over = false;
  for (; !was_over && !::testing::Test::HasFatalFailure(); ++point) {
    SCOPED_TRACE(name + ", interfered with after " + std::to_string(point) + " handlers");
    boost::asio::io_context loop{1};
    auto play = std::make_unique<P>(loop);
    boost::asio::cancellation_signal caller;
    bool over = false;
    std::exception_ptr failure;
    auto done = [&](const std::exception_ptr& thrown) {
      over = true;
      failure = thrown;
    };
    boost::asio::co_spawn(loop, play->act(),
                          boost::asio::bind_cancellation_slot(caller.slot(), std::move(done)));
    loop.restart();
    for (std::size_t i = 0; i < point && !over; ++i) {
      if (loop.run_one_for(too_long) == 0) break;
    }
    was_over = over;
    if (was_over) {
      EXPECT_EQ(what_is_thrown(failure), "") << "nobody interfered, and yet it fails";
    }
    play->interfere(caller);
    loop.restart();
    while (!over && loop.run_one_for(too_long) > 0) {
    }
    EXPECT_TRUE(over) << "it never ends";
    if (!over) break;
    play->judge();
    if (::testing::Test::HasFailure()) break;
  }
  std::printf("%s: %zu points\n", name.c_str(), point);
  ::testing::Test::RecordProperty("cancel points, " + name, static_cast<int>(point));
  return point;
}

}  // namespace gmail_mcp
