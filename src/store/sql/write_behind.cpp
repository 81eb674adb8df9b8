#include "store/sql/write_behind.h"

#include <algorithm>

#include "base/side_task.h"
#include "store/sql/parts.h"

namespace gmail_mcp::store {

namespace {

constexpr std::size_t most_entries = 32768;  // in memory

// A transaction with this many changes holds up interactive ones for a few milliseconds.
constexpr std::size_t changes_at_once = 2048;

constexpr sql::Sql set_last_used{"noted.set_last_used",
                                 "UPDATE connections SET last_used_at = ?2 "
                                 "WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)"};
constexpr sql::Sql set_last_ok{"noted.set_last_ok",
                               "UPDATE connections SET last_ok_at = ?2 "
                               "WHERE id = ?1 AND (last_ok_at IS NULL OR last_ok_at < ?2)"};
constexpr sql::Sql set_last_error{
    "noted.set_last_error",
    "UPDATE connections SET last_error_at = ?2, last_error = ?3 "
    "WHERE id = ?1 AND (last_error_at IS NULL OR last_error_at <= ?2)"};

constexpr sql::Sql set_token_used{"noted.set_token_used",
                                  "UPDATE user_tokens SET last_used_at = ?2 "
                                  "WHERE id = ?1 AND (last_used_at IS NULL OR last_used_at < ?2)"};

}  // namespace

WriteBehind::WriteBehind(sql::Database& database, const Clock& clock, const Dialect& dialect,
                         Log& log)
    : database_{database}, clock_{clock}, dialect_{dialect}, log_{log} {}

WriteBehind::~WriteBehind() {
  try {
    boost::asio::io_context loop;
    run_to_end(loop, flush());
  } catch (const std::exception&) {
    lost_ += entries_.size();
  }
  if (lost_ > 0) log_.error("audit rows are lost: the database refused them", {{"rows", lost_}});
}

void WriteBehind::record(AuditEntry entry) {
  if (failing_ && entries_.size() >= most_entries) {
    ++lost_;
  } else {
    entries_.push_back(std::move(entry));
  }
}

void WriteBehind::touch(model::ConnectionId id) { seen_[std::move(id)].used_at = clock_.now(); }

void WriteBehind::note_ok(model::ConnectionId id) { seen_[std::move(id)].ok_at = clock_.now(); }

void WriteBehind::note_error(model::ConnectionId id, std::string sentence) {
  auto& seen = seen_[std::move(id)];
  seen.error_at = clock_.now();
  seen.error = std::move(sentence);
}

void WriteBehind::touch_token(std::string id) {
  used_tokens_.insert_or_assign(std::move(id), clock_.now());
}

Task<void> WriteBehind::room() {
  // The caller that finds a full batch writes it, so that callers need not all wait for many.
  const bool is_batch = entries_.size() >= changes_at_once && !writing_ && !failing_;
  if (!is_batch && entries_.size() < most_entries) co_return;
  const auto executor = co_await current_executor();
  do {
    co_await uncancelled(executor, flush());  // a failure is logged there
  } while (entries_.size() >= most_entries && !failing_);
}

Task<void> WriteBehind::flush() {
  while (writing_) {
    const auto other = writing_;
    co_await other->wait();
  }
  if (entries_.empty() && seen_.empty() && used_tokens_.empty()) co_return;
  const auto executor = co_await current_executor();
  writing_ = std::make_shared<Event>(executor);
  struct Turn {
    std::shared_ptr<Event>& writing;
    ~Turn() { std::exchange(writing, nullptr)->set(); }
  };
  const Turn turn{writing_};
  try {
    co_await write_entries();
    co_await write_seen();
    co_await write_used_tokens();
    report(nullptr);
  } catch (const Error& error) {
    report(&error);
    throw;
  }
}

// Entries that are recorded during this are left to the next flush.
Task<void> WriteBehind::write_entries() {
  for (std::size_t left = entries_.size(); left > 0;) {
    const auto count = std::min(left, changes_at_once);
    auto statements = audit_statements(entries_, count);
    co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
    entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(count));
    left -= count;
  }
}

Task<void> WriteBehind::write_seen() {
  for (auto batch = seen_; !batch.empty();) {
    std::vector<sql::Statement> statements;
    auto end = batch.begin();
    for (; end != batch.end() && statements.size() < changes_at_once; ++end) {
      const auto& [id, what] = *end;
      if (!dialect_.is_id(id.str())) continue;
      if (what.used_at) statements.emplace_back(set_last_used, id, *what.used_at);
      if (what.ok_at) statements.emplace_back(set_last_ok, id, *what.ok_at);
      if (what.error_at) statements.emplace_back(set_last_error, id, *what.error_at, what.error);
    }
    if (!statements.empty()) {
      co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
    }
    for (auto it = batch.begin(); it != end; it = batch.erase(it)) {
      const auto now = seen_.find(it->first);
      const bool is_newer = now->second != it->second;
      if (!is_newer) seen_.erase(now);
    }
  }
}

Task<void> WriteBehind::write_used_tokens() {
  for (auto batch = used_tokens_; !batch.empty();) {
    std::vector<sql::Statement> statements;
    auto end = batch.begin();
    for (; end != batch.end() && statements.size() < changes_at_once; ++end) {
      statements.emplace_back(set_token_used, end->first, end->second);
    }
    co_await database_.atomically(std::move(statements), sql::Urgency::bulk);
    for (auto it = batch.begin(); it != end; it = batch.erase(it)) {
      const auto now = used_tokens_.find(it->first);
      if (now->second == it->second) used_tokens_.erase(now);
    }
  }
}

// Logs a failure once, not every second.
void WriteBehind::report(const Error* failure) {
  const bool is_failing = failure != nullptr;
  if (is_failing && !failing_) {
    log_.warning("audit rows cannot be written; they are kept and tried again",
                 {{"error", failure->message}, {"detail", failure->detail}});
  }
  failing_ = is_failing;
  if (is_failing || lost_ == 0) return;
  log_.error("audit rows are lost: the database refused them", {{"rows", std::exchange(lost_, 0)}});
}

std::span<const sql::Sql> statements_of_write_behind() {
  static constexpr sql::Sql all[] = {set_last_used, set_last_ok, set_last_error, set_token_used};
  return all;
}

}  // namespace gmail_mcp::store
