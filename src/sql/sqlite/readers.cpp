#include "sql/sqlite/readers.h"

#include <optional>

namespace gmail_mcp::sql::sqlite {

Readers::Readers(std::string path, Role role, std::size_t most,
                 std::chrono::milliseconds busy_timeout)
    : path_{std::move(path)}, role_{role}, most_{most}, busy_timeout_{busy_timeout} {}

Readers::~Readers() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void Readers::submit(Job& job) {
  {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(&job);
    if (jobs_.size() > idle_ && threads_.size() < most_) {
      threads_.emplace_back([this] { work(); });
    }
  }
  wake_.notify_one();
}

void Readers::work() {
  std::optional<Handle> handle;
  std::unique_lock lock{mutex_};
  for (;;) {
    ++idle_;
    wake_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    Job& job = *jobs_.front();
    jobs_.pop_front();
    lock.unlock();
    try {
      if (!handle) handle.emplace(path_, role_, busy_timeout_);
      for (const Statement& statement : job.statements) {
        job.results.push_back(handle->run(statement));
      }
    } catch (...) {
      job.failure = std::current_exception();
    }
    job.finish();
    lock.lock();
  }
}

}  // namespace gmail_mcp::sql::sqlite
