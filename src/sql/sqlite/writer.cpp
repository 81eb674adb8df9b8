#include "sql/sqlite/writer.h"

namespace gmail_mcp::sql::sqlite {

namespace {

constexpr std::size_t most_in_a_batch = 128;
// So that bulk work gets its turn even under constant interactive load; otherwise audit rows would
// pile up.
constexpr int most_interactive_in_a_row = 8;

std::vector<Rows> run_all_of(Handle& handle, const Job& job) {
  std::vector<Rows> results;
  results.reserve(job.statements.size());
  for (const Statement& statement : job.statements) results.push_back(handle.run(statement));
  return results;
}

}  // namespace

Writer::Writer(const std::string& path, std::chrono::milliseconds busy_timeout,
               std::chrono::milliseconds scrub_after, bool in_turn)
    : handle_{path, Role::writer, busy_timeout}, scrub_after_{scrub_after}, in_turn_{in_turn} {}

Writer::~Writer() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Writer::submit(Job& job, Urgency urgency) {
  if (in_turn_) {
    run_alone(job);
    job.finish();
    return;
  }
  {
    const std::lock_guard lock{mutex_};
    (urgency == Urgency::interactive ? interactive_ : bulk_).push_back(&job);
    if (!thread_.joinable()) thread_ = std::thread{[this] { work(); }};
  }
  wake_.notify_one();
}

void Writer::work() {
  std::vector<Job*> batch;
  std::unique_lock lock{mutex_};
  for (;;) {
    const auto has_work = [this] { return stopping_ || !interactive_.empty() || !bulk_.empty(); };
    if (scrub_at_) {
      wake_.wait_until(lock, *scrub_at_, has_work);
    } else {
      wake_.wait(lock, has_work);
    }
    take_batch(batch);
    if (batch.empty() && stopping_) return;
    lock.unlock();
    if (!batch.empty()) run_batch(batch);
    scrub_when_due();
    for (Job* job : batch) job->finish();
    batch.clear();
    lock.lock();
  }
}

void Writer::take_batch(std::vector<Job*>& batch) {
  const bool bulk_turn = interactive_in_a_row_ >= most_interactive_in_a_row;
  if (!bulk_.empty() && (interactive_.empty() || bulk_turn)) {
    batch.push_back(bulk_.front());
    bulk_.pop_front();
    interactive_in_a_row_ = 0;
    return;
  }
  while (!interactive_.empty() && batch.size() < most_in_a_batch) {
    batch.push_back(interactive_.front());
    interactive_.pop_front();
  }
  ++interactive_in_a_row_;
}

void Writer::run_batch(const std::vector<Job*>& batch) {
  if (batch.size() > 1 && run_together(batch)) return;
  for (Job* job : batch) run_alone(*job);
}

// False when nothing of the batch was done and every job has to run alone.
bool Writer::run_together(const std::vector<Job*>& batch) {
  bool begun = false;
  try {
    Transaction transaction{handle_};
    begun = true;
    for (Job* job : batch) {
      handle_.run("SAVEPOINT job");
      try {
        job->results = run_all_of(handle_, *job);
      } catch (...) {
        if (!handle_.in_transaction()) return false;
        job->failure = std::current_exception();
        handle_.run("ROLLBACK TO job");
      }
      handle_.run("RELEASE job");
    }
    transaction.commit();
    return true;
  } catch (...) {
    if (begun) return false;
    // One wait for the lock was in vain: that is the answer for all jobs, instead of one such wait
    // after the other.
    for (Job* job : batch) job->failure = std::current_exception();
    return true;
  }
}

void Writer::run_alone(Job& job) {
  job.failure = nullptr;
  try {
    if (job.compacts) {
      job.is_compact = handle_.compact(job.most_bytes);
      return;
    }
    Transaction transaction{handle_};
    job.results = run_all_of(handle_, job);
    transaction.commit();
  } catch (...) {
    job.failure = std::current_exception();
  }
}

// Old pages stay in the write-ahead log until it is overwritten, so erased data is only gone once
// the log is emptied: this is done soon after the first change, however busy we are.
void Writer::scrub_when_due() {
  const auto now = std::chrono::steady_clock::now();
  if (!scrub_at_) {
    scrub_at_ = now + scrub_after_;
    if (scrub_after_.count() > 0) return;
  }
  if (now < *scrub_at_) return;
  if (handle_.truncate_log()) {
    scrub_at_.reset();
  } else {
    scrub_at_ = now + scrub_after_;
  }
}

}  // namespace gmail_mcp::sql::sqlite
