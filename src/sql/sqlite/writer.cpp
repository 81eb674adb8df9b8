#include "sql/sqlite/writer.h"

#include <algorithm>

namespace gmail_mcp::sql::sqlite {

namespace {

constexpr std::size_t most_in_a_batch = 128;

// After a failure the results are those of the statements before it.
void run_all_of(Handle& handle, Job& job) {
  job.results.clear();
  job.results.reserve(job.statements.size());
  for (const Statement& statement : job.statements) job.results.push_back(handle.run(statement));
}

// SQLite itself undoes what a failing statement has done, and a savepoint costs as much as a small
// change does.
bool needs_savepoint(Handle& handle, const Job& job) {
  if (job.statements.size() == 1) return false;
  const auto changes = std::ranges::count_if(
      job.statements, [&](const Statement& one) { return handle.is_change(one.sql); });
  return changes > 1;
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

void Writer::submit(WriterJob& job, Urgency urgency) {
  if (in_turn_) {
    run_alone(job);
    job.finish();
    return;
  }
  {
    const std::lock_guard lock{mutex_};
    jobs_.push(job, urgency);
    if (!thread_.joinable()) thread_ = std::thread{[this] { work(); }};
  }
  wake_.notify_one();
}

void Writer::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    const auto has_work = [this] { return stopping_ || !jobs_.empty(); };
    if (scrub_at_) {
      wake_.wait_until(lock, *scrub_at_, has_work);
    } else {
      wake_.wait(lock, has_work);
    }
    const auto batch = jobs_.take(most_in_a_batch);
    if (batch.empty() && stopping_) return;
    lock.unlock();
    if (!batch.empty()) run_batch(batch);
    scrub_when_due();
    for (WriterJob* job : batch) job->finish();
    lock.lock();
  }
}

void Writer::run_batch(const std::vector<WriterJob*>& batch) {
  if (batch.size() > 1 && run_together(batch)) return;
  for (WriterJob* job : batch) run_alone(*job);
}

// False when nothing of the batch was done and every job has to run alone.
bool Writer::run_together(const std::vector<WriterJob*>& batch) {
  bool begun = false;
  try {
    Transaction transaction{handle_};
    begun = true;
    for (WriterJob* job : batch) {
      bool has_savepoint = false;
      try {
        has_savepoint = needs_savepoint(handle_, *job);
        if (has_savepoint) handle_.run("SAVEPOINT job");
        run_all_of(handle_, *job);
      } catch (const Error&) {
        // Without a savepoint a change before the statement that failed can only be undone with
        // all.
        const bool is_undone = has_savepoint || job->results.empty();
        if (!is_undone || !handle_.in_transaction()) return false;
        job->failure = std::current_exception();
        if (has_savepoint) handle_.run("ROLLBACK TO job");
      }
      if (has_savepoint) handle_.run("RELEASE job");
    }
    transaction.commit();
    return true;
  } catch (...) {
    if (begun) return false;
    // One wait for the lock was in vain: that is the answer for all jobs, instead of one such wait
    // for each.
    for (WriterJob* job : batch) job->failure = std::current_exception();
    return true;
  }
}

void Writer::run_alone(WriterJob& job) {
  job.failure = nullptr;
  try {
    if (job.compacts) {
      job.is_compact = handle_.compact(job.most_bytes);
      return;
    }
    Transaction transaction{handle_};
    run_all_of(handle_, job);
    transaction.commit();
  } catch (...) {
    job.failure = std::current_exception();
  }
}

// Old pages stay in the write-ahead log until it is overwritten, so erased data is only gone once
// the log is emptied: this is done soon after the first change, even under load.
void Writer::scrub_when_due() {
  const auto now = std::chrono::steady_clock::now();
  if (!scrub_at_) {
    scrub_at_ = now + scrub_after_;
    if (scrub_after_.count() > 0) return;
  }
  if (now < *scrub_at_) return;
  // Pages are soon read again; without this they would stay until the end of the process.
  handle_.forget_pages();
  if (handle_.truncate_log()) {
    scrub_at_.reset();
  } else {
    scrub_at_ = now + scrub_after_;
  }
}

}  // namespace gmail_mcp::sql::sqlite
