#include "base/task.h"

#include <gtest/gtest.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <string>
#include <thread>

#include "base/error.h"

namespace gmail_mcp {
namespace {

using std::chrono::milliseconds;

// How a task ended.
struct Fate {
  bool ended = false;
  bool cancelled = false;
};

Task<void> wait_for(Event& event, Fate& fate) {
  try {
    co_await event.wait();
    fate.ended = true;
  } catch (const boost::system::system_error& error) {
    fate.cancelled = error.code() == boost::asio::error::operation_aborted;
    throw;
  }
}

Task<void> fail_with(Errc code) {
  throw Error{code, "as told"};
  co_return;
}

Task<void> fail_after(Event& event, Errc code) {
  co_await event.wait();
  throw Error{code, "as told"};
}

Task<void> join(TaskGroup& group) { co_await group.join(); }

Task<int> number(int value) { co_return value; }

Task<void> yield() {
  const auto executor = co_await current_executor();
  co_await boost::asio::post(executor, use_task);
}

Errc code_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const Error& error) {
    return error.code;
  }
  ADD_FAILURE() << "nothing was thrown";
  return Errc::internal;
}

// A task that can be cancelled from outside.
struct Cancellable {
  Cancellable(boost::asio::io_context& loop, Task<void> task) {
    auto done = [this](std::exception_ptr thrown) {
      over = true;
      failure = std::move(thrown);
    };
    boost::asio::co_spawn(loop, std::move(task),
                          boost::asio::bind_cancellation_slot(signal.slot(), std::move(done)));
  }

  void cancel() { signal.emit(boost::asio::cancellation_type::terminal); }

  boost::asio::cancellation_signal signal;
  bool over = false;
  std::exception_ptr failure;
};

TEST(RunToEnd, yields_what_the_task_yields_and_throws_what_it_throws) {
  boost::asio::io_context loop;
  EXPECT_EQ(run_to_end(loop, number(7)), 7);
  EXPECT_EQ(code_of([&] { run_to_end(loop, fail_with(Errc::conflict)); }), Errc::conflict);
  EXPECT_EQ(run_to_end(loop, number(8)), 8);
}

TEST(Event, lets_all_go_who_wait_before_or_after) {
  boost::asio::io_context loop;
  Event event{loop.get_executor()};
  Fate early, also, late;
  TaskGroup group{loop.get_executor()};
  group.spawn(wait_for(event, early));
  group.spawn(wait_for(event, also));
  loop.poll();
  EXPECT_FALSE(early.ended);
  event.set();
  event.set();
  group.spawn(wait_for(event, late));
  loop.restart();
  loop.run();
  EXPECT_TRUE(early.ended && also.ended && late.ended);
}

TEST(TaskGroup, join_waits_for_the_last_task) {
  boost::asio::io_context loop;
  Event event{loop.get_executor()};
  Fate first, second;
  TaskGroup group{loop.get_executor()};
  group.spawn(wait_for(event, first));
  group.spawn(wait_for(event, second));
  EXPECT_EQ(group.running(), 2U);
  Cancellable joiner{loop, join(group)};
  loop.poll();
  EXPECT_FALSE(joiner.over);
  event.set();
  loop.run();
  EXPECT_TRUE(joiner.over);
  EXPECT_EQ(group.running(), 0U);
}

TEST(TaskGroup, cancel_ends_every_task_there_is) {
  boost::asio::io_context loop;
  Event never{loop.get_executor()};
  std::vector<Fate> fates(2000);
  TaskGroup group{loop.get_executor()};
  for (auto& fate : fates) group.spawn(wait_for(never, fate));
  loop.poll();
  group.cancel();
  run_to_end(loop, join(group));
  for (const auto& fate : fates) EXPECT_TRUE(fate.cancelled);
}

Task<void> spawn_another_when_cancelled(TaskGroup& group, Event& event, Fate& other) {
  try {
    co_await event.wait();
  } catch (const boost::system::system_error&) {
    group.spawn(wait_for(event, other));
    throw;
  }
}

TEST(TaskGroup, a_task_spawned_while_cancelling_is_not_cancelled) {
  boost::asio::io_context loop;
  Event event{loop.get_executor()};
  Fate other;
  TaskGroup group{loop.get_executor()};
  group.spawn(spawn_another_when_cancelled(group, event, other));
  group.cancel();
  loop.poll();
  EXPECT_EQ(group.running(), 1U);
  event.set();
  loop.restart();
  loop.run();
  EXPECT_TRUE(other.ended);
}

TEST(TaskGroup, a_task_that_throws_is_reported_and_stops_nobody_else) {
  boost::asio::io_context loop;
  Event event{loop.get_executor()};
  int reported = 0;
  Fate fate;
  TaskGroup group{loop.get_executor(), [&](const std::exception_ptr&) { ++reported; }};
  group.spawn(fail_with(Errc::conflict));
  group.spawn(wait_for(event, fate));
  loop.poll();
  EXPECT_EQ(reported, 1);
  EXPECT_EQ(group.running(), 1U);
  event.set();
  loop.restart();
  loop.run();
  EXPECT_TRUE(fate.ended);
}

Task<void> own_a_group(Event& event, Fate& inner, std::string& story) {
  std::string borrowed = "borrowed";
  const auto executor = co_await current_executor();
  TaskGroup group{executor};
  const auto use_later = [&]() -> Task<void> {
    co_await wait_for(event, inner);
    story += borrowed;
  };
  group.spawn(use_later());
  co_await group.join();
  story += " joined";
}

TEST(TaskGroup, a_cancelled_joiner_goes_on_waiting_for_tasks_that_borrow_from_it) {
  boost::asio::io_context loop;
  Event event{loop.get_executor()};
  Fate inner;
  std::string story;
  Cancellable owner{loop, own_a_group(event, inner, story)};
  loop.poll();
  owner.cancel();
  loop.restart();
  loop.poll();
  EXPECT_FALSE(owner.over);
  event.set();
  loop.restart();
  loop.run();
  EXPECT_EQ(story, "borrowed joined");
}

TEST(TaskGroup, may_be_destroyed_by_its_own_last_task) {
  boost::asio::io_context loop;
  auto group = std::make_unique<TaskGroup>(loop.get_executor());
  const auto destroy = [&]() -> Task<void> {
    co_await yield();
    group.reset();
  };
  group->spawn(destroy());
  loop.run();
  EXPECT_EQ(group, nullptr);
}

TEST(RunAll, yields_the_results_in_order) {
  boost::asio::io_context loop;
  std::vector<Task<int>> tasks;
  for (int i = 0; i < 5; ++i) tasks.push_back(number(i));
  EXPECT_EQ(run_to_end(loop, run_all(std::move(tasks))), (std::vector<int>{0, 1, 2, 3, 4}));
  EXPECT_EQ(run_to_end(loop, run_all(std::vector<Task<int>>{})), std::vector<int>{});
}

TEST(RunAll, runs_side_by_side) {
  boost::asio::io_context loop;
  Event one{loop.get_executor()};
  Event other{loop.get_executor()};
  const auto give_and_take = [](Event& mine, Event& yours) -> Task<void> {
    mine.set();
    co_await yours.wait();
  };
  std::vector<Task<void>> tasks;
  tasks.push_back(give_and_take(one, other));
  tasks.push_back(give_and_take(other, one));
  run_to_end(loop, run_all(std::move(tasks)));
}

TEST(RunAll, throws_the_first_failure_by_position_once_all_have_ended) {
  boost::asio::io_context loop;
  Event event{loop.get_executor()};
  Fate fate;
  std::vector<Task<void>> tasks;
  tasks.push_back(wait_for(event, fate));
  tasks.push_back(fail_after(event, Errc::conflict));
  tasks.push_back(fail_with(Errc::timeout));
  Cancellable all{loop, run_all(std::move(tasks))};
  loop.poll();
  EXPECT_FALSE(all.over);
  event.set();
  loop.restart();
  loop.run();
  EXPECT_TRUE(fate.ended);
  EXPECT_EQ(code_of([&] { std::rethrow_exception(all.failure); }), Errc::conflict);
}

TEST(RunAll, passes_a_cancellation_on_to_all_and_waits_for_them) {
  boost::asio::io_context loop;
  Event never{loop.get_executor()};
  Fate first, second;
  std::vector<Task<void>> tasks;
  tasks.push_back(wait_for(never, first));
  tasks.push_back(wait_for(never, second));
  Cancellable all{loop, run_all(std::move(tasks))};
  loop.poll();
  all.cancel();
  loop.restart();
  loop.run();
  EXPECT_TRUE(first.cancelled && second.cancelled);
  EXPECT_TRUE(all.over && all.failure);
}

TEST(RunAll, a_cancelled_caller_stays_cancelled_afterwards) {
  boost::asio::io_context loop;
  bool went_on = false;
  const auto caller = [&]() -> Task<void> {
    const auto executor = co_await current_executor();
    Event never{executor};
    std::vector<Task<void>> tasks;
    const auto stubborn = [&]() -> Task<void> {
      try {
        co_await never.wait();
      } catch (const boost::system::system_error&) {
      }
    };
    tasks.push_back(stubborn());
    co_await run_all(std::move(tasks));
    co_await yield();
    went_on = true;
  };
  Cancellable all{loop, caller()};
  loop.poll();
  all.cancel();
  loop.restart();
  loop.run();
  EXPECT_TRUE(all.over);
  EXPECT_FALSE(went_on);
}

Task<bool> waits_for_the_loop_with(Task<int> work) {
  const auto executor = co_await current_executor();
  bool has_turned = false;
  boost::asio::post(executor, [&has_turned] { has_turned = true; });
  co_await with_deadline(milliseconds{60'000}, std::move(work));
  const bool has_waited = has_turned;
  while (!has_turned) co_await yield();
  co_return has_waited;
}

TEST(WithDeadline, does_not_wait_for_the_loop_when_the_work_ends_at_once) {
  boost::asio::io_context loop;
  EXPECT_FALSE(run_to_end(loop, waits_for_the_loop_with(number(7))));
}

TEST(WithDeadline, leaves_alone_what_is_in_time) {
  boost::asio::io_context loop;
  EXPECT_EQ(run_to_end(loop, with_deadline(milliseconds{60'000}, number(7))), 7);
  const auto failing = [&] {
    run_to_end(loop, with_deadline(milliseconds{60'000}, fail_with(Errc::conflict)));
  };
  EXPECT_EQ(code_of(failing), Errc::conflict);
}

TEST(WithDeadline, cancels_what_is_late_and_throws_timeout) {
  boost::asio::io_context loop;
  Event never{loop.get_executor()};
  Fate fate;
  const auto late = [&] {
    run_to_end(loop, with_deadline(milliseconds{1}, wait_for(never, fate)));
  };
  EXPECT_EQ(code_of(late), Errc::timeout);
  EXPECT_TRUE(fate.cancelled);
}

TEST(WithDeadline, passes_a_cancellation_on) {
  boost::asio::io_context loop;
  Event never{loop.get_executor()};
  Fate fate;
  Cancellable outer{loop, with_deadline(milliseconds{60'000}, wait_for(never, fate))};
  loop.poll();
  outer.cancel();
  loop.restart();
  loop.run();
  EXPECT_TRUE(fate.cancelled);
  EXPECT_TRUE(outer.over);
  EXPECT_THROW(std::rethrow_exception(outer.failure), boost::system::system_error);
}

TEST(WithDeadline, can_be_nested) {
  boost::asio::io_context loop;
  Event never{loop.get_executor()};
  Fate fate;
  auto inner = with_deadline(milliseconds{60'000}, wait_for(never, fate));
  const auto late = [&] { run_to_end(loop, with_deadline(milliseconds{1}, std::move(inner))); };
  EXPECT_EQ(code_of(late), Errc::timeout);
  EXPECT_TRUE(fate.cancelled);
}

TEST(WorkPool, works_elsewhere_and_comes_back) {
  boost::asio::io_context loop;
  WorkPool pool{2};
  const auto here = std::this_thread::get_id();
  std::thread::id worker;
  std::thread::id after;
  const auto hop = [&]() -> Task<int> {
    const auto find_out = [&] {
      worker = std::this_thread::get_id();
      return 7;
    };
    const int result = co_await pool.run(find_out);
    after = std::this_thread::get_id();
    co_return result;
  };
  EXPECT_EQ(run_to_end(loop, hop()), 7);
  EXPECT_NE(worker, here);
  EXPECT_EQ(after, here);
}

TEST(WorkPool, throws_what_the_work_throws) {
  boost::asio::io_context loop;
  WorkPool pool{1};
  const auto hop = [&]() -> Task<void> {
    std::function<void()> work = [] { throw Error{Errc::conflict, "as told"}; };
    co_await pool.run(std::move(work));
  };
  EXPECT_EQ(code_of([&] { run_to_end(loop, hop()); }), Errc::conflict);
}

TEST(WorkPool, a_cancelled_caller_waits_for_work_that_borrows_from_it) {
  boost::asio::io_context loop;
  WorkPool pool{1};
  std::atomic<bool> begun{false};
  std::atomic<bool> go{false};
  bool done = false;
  const auto hop = [&]() -> Task<void> {
    std::string borrowed = "x";
    std::function<void()> work = [&] {
      begun = true;
      begun.notify_one();
      go.wait(false);
      borrowed += "y";
    };
    co_await pool.run(std::move(work));
    done = borrowed == "xy";
  };
  Cancellable caller{loop, hop()};
  loop.poll();
  begun.wait(false);
  caller.cancel();
  loop.restart();
  loop.poll();
  EXPECT_FALSE(caller.over);
  go = true;
  go.notify_one();
  loop.restart();
  loop.run();
  EXPECT_TRUE(done);
}

TEST(WorkPool, serves_many_at_once) {
  boost::asio::io_context loop;
  WorkPool pool{4};
  std::vector<Task<int>> tasks;
  const auto square = [&](int i) -> Task<int> {
    const auto work = [&] { return i * i; };
    co_return co_await pool.run(work);
  };
  for (int i = 0; i < 200; ++i) tasks.push_back(square(i));
  const auto squares = run_to_end(loop, run_all(std::move(tasks)));
  for (int i = 0; i < 200; ++i) EXPECT_EQ(squares[static_cast<std::size_t>(i)], i * i);
}

}  // namespace
}  // namespace gmail_mcp
