#include "store/sql/write_behind.h"

#include <algorithm>
#include <iterator>
#include <span>

#include "base/error.h"
#include "store/sql/audit.h"

namespace gmail_mcp::store {

namespace {

constexpr std::chrono::seconds pause{1};
constexpr std::size_t soon = 2048;           // entries that are not kept waiting
constexpr std::size_t most_entries = 32768;  // entries in memory

// A transaction of so many changes holds up the interactive ones for a few milliseconds.
constexpr std::size_t changes_at_once = 2048;

constexpr sql::Sql set_last_used =
    "UPDATE connections SET last_used_at = ?2 "
    "WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)";
constexpr sql::Sql set_last_ok =
    "UPDATE connections SET last_ok_at = ?2 "
    "WHERE id = ?1 AND (last_ok_at IS NULL OR last_ok_at < ?2)";
constexpr sql::Sql set_last_error =
    "UPDATE connections SET last_error_at = ?2, last_error = ?3 "
    "WHERE id = ?1 AND (last_error_at IS NULL OR last_error_at <= ?2)";

}  // namespace

void WriteBehind::take_newer(Seen& seen, Seen what) {
  if (what.used_at) seen.used_at = what.used_at;
  if (what.ok_at) seen.ok_at = what.ok_at;
  if (what.error_at) {
    seen.error_at = what.error_at;
    seen.error = std::move(what.error);
  }
}

WriteBehind::WriteBehind(sql::Database& database, const Clock& clock, Log& log)
    : database_{database}, clock_{clock}, log_{log} {}

WriteBehind::~WriteBehind() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void WriteBehind::record(AuditEntry entry) {
  std::unique_lock lock{mutex_};
  room_.wait(lock, [this] { return collected_.entries.size() < most_entries || failing_; });
  if (collected_.entries.size() >= most_entries) {
    ++lost_;
    return;
  }
  collected_.entries.push_back(std::move(entry));
  const std::size_t size = collected_.entries.size();
  start_thread();
  lock.unlock();
  if (size == 1 || size == soon) wake_.notify_one();
}

void WriteBehind::touch(model::ConnectionId id) {
  Seen what;
  what.used_at = clock_.now();
  see(std::move(id), std::move(what));
}

void WriteBehind::note_ok(model::ConnectionId id) {
  Seen what;
  what.ok_at = clock_.now();
  see(std::move(id), std::move(what));
}

void WriteBehind::note_error(model::ConnectionId id, std::string sentence) {
  Seen what;
  what.error_at = clock_.now();
  what.error = std::move(sentence);
  see(std::move(id), std::move(what));
}

void WriteBehind::see(model::ConnectionId id, Seen what) {
  std::unique_lock lock{mutex_};
  take_newer(collected_.seen[std::move(id)], std::move(what));
  const bool is_first = collected_.seen.size() == 1;
  start_thread();
  lock.unlock();
  if (is_first) wake_.notify_one();
}

Task<void> WriteBehind::flush() {
  std::exception_ptr failure;
  std::function<void(sql::Resumption)> start = [&](sql::Resumption resume) {
    std::unique_lock lock{mutex_};
    if (collected_.empty() && !writing_) {
      lock.unlock();
      resume();
      return;
    }
    waiters_.push_back({.resume = std::move(resume), .failure = &failure});
    lock.unlock();
    wake_.notify_one();
  };
  co_await sql::suspend(std::move(start));
  if (failure) std::rethrow_exception(failure);
}

// With the lock held.
void WriteBehind::start_thread() {
  if (!thread_.joinable()) thread_ = std::thread{[this] { work(); }};
}

void WriteBehind::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    wait_for_something(lock);
    Collected batch = std::exchange(collected_, std::exchange(spare_, {}));
    auto waiters = std::exchange(waiters_, {});
    writing_ = true;
    lock.unlock();
    std::exception_ptr failure;
    try {
      write(batch);
      report(nullptr);
    } catch (const Error& error) {
      failure = std::current_exception();
      report(&error);
    }
    lock.lock();
    writing_ = false;
    failing_ = failure != nullptr;
    keep(batch);
    const bool over = stopping_ && (collected_.empty() || failing_);
    const std::size_t lost =
        over ? collected_.entries.size() + lost_ : (failing_ ? 0 : std::exchange(lost_, 0));
    lock.unlock();
    if (lost > 0) log_.error("audit rows are lost: the database refused them", {{"rows", lost}});
    room_.notify_all();
    for (Waiter& waiter : waiters) {
      *waiter.failure = failure;
      waiter.resume();
    }
    if (over) return;
    lock.lock();
  }
}

void WriteBehind::wait_for_something(std::unique_lock<std::mutex>& lock) {
  const auto hurry = [this] {
    return stopping_ || !waiters_.empty() || (collected_.entries.size() >= soon && !failing_);
  };
  wake_.wait(lock, [&] { return hurry() || !collected_.empty(); });
  wake_.wait_for(lock, pause, hurry);
}

void WriteBehind::write(Collected& batch) {
  write_entries(batch.entries);
  write_seen(batch.seen);
}

// Takes out what it has written.
void WriteBehind::write_entries(std::vector<AuditEntry>& entries) {
  while (!entries.empty()) {
    const auto count = std::min(entries.size(), changes_at_once);
    auto statements = audit_statements(std::span{entries}.first(count));
    run_to_end(loop_, database_.atomically(std::move(statements), sql::Urgency::bulk));
    entries.erase(entries.begin(), entries.begin() + static_cast<std::ptrdiff_t>(count));
  }
}

void WriteBehind::write_seen(SeenConnections& seen) {
  while (!seen.empty()) {
    std::vector<sql::Statement> statements;
    auto end = seen.begin();
    for (; end != seen.end() && statements.size() < changes_at_once; ++end) {
      const auto& [id, what] = *end;
      if (what.used_at) statements.emplace_back(set_last_used, id, *what.used_at);
      if (what.ok_at) statements.emplace_back(set_last_ok, id, *what.ok_at);
      if (what.error_at) statements.emplace_back(set_last_error, id, *what.error_at, what.error);
    }
    run_to_end(loop_, database_.atomically(std::move(statements), sql::Urgency::bulk));
    seen.erase(seen.begin(), end);
  }
}

// Puts what could not be written back before what has come meanwhile. When all was written, the
// room it took serves the next batch: growing anew moves each entry about once.
void WriteBehind::keep(Collected& rest) {
  if (rest.empty()) {
    if (rest.entries.capacity() <= 2 * soon) spare_ = std::move(rest);
    return;
  }
  auto& entries = rest.entries;
  std::move(collected_.entries.begin(), collected_.entries.end(), std::back_inserter(entries));
  collected_.entries = std::move(entries);
  for (auto& [id, older] : rest.seen) {
    auto& kept = collected_.seen[id];
    Seen newer = std::exchange(kept, std::move(older));
    take_newer(kept, std::move(newer));
  }
}

// Says once that it fails, not every second.
void WriteBehind::report(const Error* failure) {
  if (failure != nullptr && !reported_) {
    log_.warning("audit rows cannot be written; they are kept and tried again",
                 {{"error", failure->message}, {"detail", failure->detail}});
  }
  reported_ = failure != nullptr;
}

}  // namespace gmail_mcp::store
