#include "sql/sqlite/writer.h"

namespace gmail_mcp::sql::sqlite {

namespace {

constexpr std::size_t most_in_a_batch = 128;

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
    job.results = run_all_of(handle_, job);
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
  if (handle_.truncate_log()) {
    scrub_at_.reset();
  } else {
    scrub_at_ = now + scrub_after_;
  }
}

}  // namespace gmail_mcp::sql::sqlite
