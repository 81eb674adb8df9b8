#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <functional>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>

#include "base/task.h"

namespace gmail_mcp::sql {

/// A loop on a thread of its own, for an engine whose server is reached over connections: whoever
/// asks the engine may be on any loop, but a connection can only be used on one.
class OwnLoop {
 public:
  OwnLoop();
  /// Ends, if that has not happened.
  ~OwnLoop();
  OwnLoop(const OwnLoop&) = delete;
  OwnLoop& operator=(const OwnLoop&) = delete;

  Executor executor() { return loop_.get_executor(); }

  /// Calls `work` on the loop's thread, soon. Thread-safe.
  void post(std::function<void()> work);

  /// Runs `work` on the loop; the caller, on any loop, continues on its own when that is over, and
  /// gets what `work` returned or threw. Not cancellable: the caller stays suspended until then, so
  /// `work` may borrow from it, and `work` must have limits of time of its own. Thread-safe.
  Task<void> run(Task<void> work);
  template <class T>
    requires(!std::is_void_v<T>)
  Task<T> run(Task<T> work) {
    std::optional<T> result;
    co_await run(detail::store_result(std::move(work), result));
    co_return std::move(*result);
  }

  /// Waits until everything on the loop has ended, and for the thread. What would not end by itself
  /// must be told to before. What lives on the loop may be destroyed after this.
  void end();

 private:
  boost::asio::io_context loop_{1};
  boost::asio::executor_work_guard<Executor> guard_;
  std::thread thread_;
};

}  // namespace gmail_mcp::sql
