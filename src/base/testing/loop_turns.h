#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <exception>
#include <utility>

#include "base/task.h"
#include "base/testing/growth.h"

namespace gmail_mcp::growth {

/// The most work that the loop does in one go while `task` runs to its end; so long everything else
/// waits. In the units of `meter`, which counts only this thread: work on a pool does not count.
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

/// Expects that no turn of the loop takes more than a part of the whole work, which `work` does
/// here in one go for comparison. Measured again before it is reported as too much.
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
