#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "sql/job.h"
#include "sql/sqlite/handle.h"

namespace gmail_mcp::sql::sqlite {

/// Threads that read, each with its own connection; another one starts when a job finds all busy.
/// Destroying the readers first finishes what was submitted.
class Readers {
 public:
  Readers(std::string path, Role role, std::size_t most, std::chrono::milliseconds busy_timeout);
  Readers(const Readers&) = delete;
  Readers& operator=(const Readers&) = delete;
  ~Readers();

  /// `job` lives until it is resumed. Thread-safe.
  void submit(Job& job);

 private:
  void work();

  std::string path_;
  Role role_;
  std::size_t most_;
  std::chrono::milliseconds busy_timeout_;

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job*> jobs_;
  std::size_t idle_ = 0;
  bool stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace gmail_mcp::sql::sqlite
