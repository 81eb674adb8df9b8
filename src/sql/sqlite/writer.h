#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "sql/job.h"
#include "sql/sqlite/handle.h"

namespace gmail_mcp::sql::sqlite {

struct WriterJob : Job {
  bool compacts = false;                   // instead of statements
  std::optional<std::int64_t> most_bytes;  // the largest database to compact; nullopt: any
  bool is_compact = false;
};

/// The one thread that changes the database; it starts with the first job. Jobs that wait together
/// share a transaction, and so one wait for the disk; a failure of one does not affect the others,
/// and it is durable when its Task continues. Destroying the writer first finishes what was
/// submitted.
class Writer {
 public:
  Writer(const std::string& path, std::chrono::milliseconds busy_timeout,
         std::chrono::milliseconds scrub_after, bool in_turn = false);
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;
  ~Writer();

  /// `job` lives until it is resumed. Thread-safe.
  void submit(WriterJob& job, Urgency urgency);

 private:
  using Time = std::chrono::steady_clock::time_point;

  void work();
  void run_batch(const std::vector<WriterJob*>& batch);
  bool run_together(const std::vector<WriterJob*>& batch);
  void run_alone(WriterJob& job);
  void scrub_when_due();

  Handle handle_;  // used only by the thread once it runs
  std::chrono::milliseconds scrub_after_;
  bool in_turn_;  // run jobs on the thread that submits them
  std::optional<Time> scrub_at_;

  // Held by a loop or this thread only for the time that moving a pointer takes.
  std::mutex mutex_;
  std::condition_variable wake_;
  JobQueue<WriterJob> jobs_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace gmail_mcp::sql::sqlite
