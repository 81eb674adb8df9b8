#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sql/sqlite/handle.h"
#include "sql/sqlite/job.h"

namespace gmail_mcp::sql::sqlite {

/// The one thread that changes the database; it starts with the first job. Jobs that wait together
/// share a transaction, and so one wait for the disk; each has its own savepoint, so it fails
/// alone, and is durable when its Task continues. Destroying the writer first finishes what was
/// submitted.
class Writer {
 public:
  Writer(const std::string& path, std::chrono::milliseconds busy_timeout,
         std::chrono::milliseconds scrub_after, bool in_turn = false);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  /// `job` lives until it is resumed. Thread-safe.
  void submit(Job& job, Urgency urgency);

 private:
  using Time = std::chrono::steady_clock::time_point;

  void work();
  void take_batch(std::vector<Job*>& batch);
  void run_batch(const std::vector<Job*>& batch);
  bool run_together(const std::vector<Job*>& batch);
  void run_alone(Job& job);
  void scrub_when_due();

  Handle handle_;  // used only by the thread once it runs
  std::chrono::milliseconds scrub_after_;
  bool in_turn_;  // run jobs on the thread that submits them
  std::optional<Time> scrub_at_;

  // Held by a loop and this thread only for as long as it takes to move a pointer.
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> interactive_, bulk_;
  int interactive_in_a_row_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gmail_mcp::sql::sqlite
