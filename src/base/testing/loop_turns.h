#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/task.h"
#include "base/testing/growth.h"

namespace gmail_mcp::growth {

/// The most that the loop does in one go while `task` runs to its end: so long everybody else
/// waits. In the units of `meter`, which counts this thread alone: what goes to a work pool does
/// not count.
inline double most_in_one_turn(boost::asio::io_context& loop, const WorkMeter& meter,
                               Task<void> task) {
  bool over = false;
  std::exception_ptr failure;
  auto done = [&](const std::exception_ptr& thrown) {
    over = true;
    failure = thrown;
  };
  boost::asio::co_spawn(loop, std::move(task), std::move(done));
  loop.restart();
  double most = 0;
  while (!over && !loop.stopped()) {
    most = std::max(most, meter.work_of([&loop] { loop.run_one(); }));
  }
  EXPECT_TRUE(over) << "it never ends";
  if (failure) std::rethrow_exception(failure);
  return most;
}

/// That no turn of the loop costs more than a part of the work that has to be done, wherever it is
/// done: `work` does the same here, at once. Measured again before it is called too much.
template <class MakeTask, class Work>
void expect_others_have_turns(std::string_view what, boost::asio::io_context& loop,
                              const MakeTask& make_task, const Work& work, double part = 0.25) {
  const WorkMeter meter;
  double least = std::numeric_limits<double>::max();
  for (int round = 0; round < 5 && least > part; ++round) {
    const auto whole = meter.work_of(work);
    least = std::min(least, most_in_one_turn(loop, meter, make_task()) / whole);
  }
  EXPECT_LE(least, part) << what << ": the largest turn of the loop, as a part of the work";
}

}  // namespace gmail_mcp::growth
