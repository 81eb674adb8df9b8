#pragma once

#include <exception>
#include <memory>
#include <string>
#include <vector>

#include "mcp/wakeup.h"

namespace gmail_mcp::mcp {

/// One request under way: it ends by itself or is cancelled from elsewhere. Whoever starts it
/// stays until it is done (the work borrows from the starter's frame) and hears of the end through
/// its Wakeup. One thread.
class Flight {
 public:
  explicit Flight(Wakeup& starter) : state_{std::make_shared<State>(starter)} {}
  Flight(Flight&&) = default;
  ~Flight();

  /// Runs at once, up to the first suspension.
  void start(const Executor& executor, Task<void> work);
  bool done() const { return state_->done; }

  /// Its answer is not wanted any more. Harmless when done; twice is once.
  void cancel();
  bool cancelled() const { return state_->cancelled; }

  /// Throws what the work threw.
  void rethrow() const;

 private:
  struct State {
    explicit State(Wakeup& starter_to_wake) : starter{starter_to_wake} {}

    Wakeup& starter;
    boost::asio::cancellation_signal signal;
    std::exception_ptr failure;
    bool started = false;
    bool done = false;
    bool cancelled = false;
  };
  static Task<void> land(Task<void> work, std::shared_ptr<State> state);

  std::shared_ptr<State> state_;
};

/// The flights of one client by request id, for `notifications/cancelled`. Ids need not be unique:
/// cancelling cancels all of that name. Borrows the flights.
class FlightList {
 public:
  void add(const std::string& request_id, Flight& flight);
  void remove(const Flight& flight);
  void cancel(const std::string& request_id);
  void cancel_all();
  bool empty() const { return entries_.empty(); }

 private:
  struct Entry {
    std::string request_id;
    Flight* flight;
  };
  std::vector<Entry> entries_;
};

}  // namespace gmail_mcp::mcp
