#include "sql/postgres/connection.h"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <thread>

#include "sql/postgres/text.h"

namespace gmail_mcp::sql::postgres {

namespace {

using boost::system::error_code;

// libpq never gives back the room that a long value took, so a connection that had one is closed
// when it is empty.
constexpr std::size_t long_bytes = std::size_t{4} << 20;

// A job may take several times the limit while its bytes keep flowing, but not for ever.
constexpr int most_extensions = 20;

std::string field(const PGresult* result, int name) {
  const char* text = PQresultErrorField(result, name);
  return text == nullptr ? "" : text;
}

// The message itself may quote the contents of rows, but for mistakes in our own SQL.
Refusal refusal_of(const PGresult* result) {
  Refusal refusal{.state = field(result, PG_DIAG_SQLSTATE), .detail = {}};
  const auto tell = [&](const char* name, const std::string& value) {
    if (value.empty()) return;
    refusal.detail += fmt::format("{}{} {}", refusal.detail.empty() ? "" : ", ", name, value);
  };
  tell("table", field(result, PG_DIAG_TABLE_NAME));
  tell("constraint", field(result, PG_DIAG_CONSTRAINT_NAME));
  constexpr std::string_view about_sql[] = {"42601", "42703", "42883", "42P01", "42P18"};
  if (std::find(std::begin(about_sql), std::end(about_sql), refusal.state) != std::end(about_sql)) {
    tell("message:", field(result, PG_DIAG_MESSAGE_PRIMARY));
  }
  // "7" for an id that is a uuid is only the name of nothing.
  const bool is_no_id = refusal.state == state::bad_text &&
                        field(result, PG_DIAG_MESSAGE_PRIMARY).find(" uuid") == std::string::npos;
  if (is_no_id) refusal.state = "22P02 of no id";
  return refusal;
}

struct FreeCancel {
  void operator()(PGcancel* cancel) const { PQfreeCancel(cancel); }
};

// libpq can only ask for it in a blocking call, which lasts as long as the server pleases: on a
// thread that nobody waits for and that owns all it uses. A few at most.
void cancel_aside(std::unique_ptr<PGcancel, FreeCancel> cancel) {
  static std::atomic<int> under_way{0};
  constexpr int most = 4;
  if (!cancel || under_way.fetch_add(1) >= most) {
    if (cancel) under_way.fetch_sub(1);
    return;
  }
  std::thread{[cancel = std::move(cancel)] {
    char reason[256];
    PQcancel(cancel.get(), reason, sizeof reason);
    under_way.fetch_sub(1);
  }}.detach();
}

}  // namespace

const char* Texts::of(const Sql& sql) {
  auto& text = texts_[sql.text()];
  if (text.empty()) text = with_dollars(sql.text());
  return text.c_str();
}

Connection::Connection(ConnectionHandle made, const Executor& executor, Texts& texts, Owner& owner)
    : handle_{std::move(made)},
      watch_{executor},
      texts_{texts},
      owner_{owner},
      last_used_{now()},
      last_part_{last_used_} {
  watch_.assign(PQsocket(handle_.get()));
}

void Connection::start() {
  set_up();
  listen();
}

// libpq has no word for these in its connection string, and a pooler accepts no `options`; but what
// SET changes here a pooler keeps apart for each of its clients.
void Connection::set_up() {
  const auto said = [this](const char* name) {
    const char* value = PQparameterStatus(handle_.get(), name);
    return std::string_view{value == nullptr ? "" : value};
  };
  const auto set = [this](const char* text) {
    Entry& entry = entries_.emplace_back();
    entry.sent = now();
    put(text, {});
    PQpipelineSync(handle_.get());
  };
  const auto zone = said("TimeZone");
  if (zone != "UTC" && zone != "Etc/UTC") set("SET timezone TO 'UTC'");
  if (!said("DateStyle").starts_with("ISO")) set("SET datestyle TO 'ISO, MDY'");
  flush();
}

bool Connection::put(const char* text, const std::vector<Value>& parameters) {
  const Parameters texts{parameters};
  if (texts.bytes() > long_bytes) retire();
  return PQsendQueryParams(handle_.get(), text, texts.count(), nullptr, texts.texts(), nullptr,
                           nullptr, 0) == 1;
}

// While nothing is asked, a server that goes away says so on the socket, perhaps just now.
bool Connection::is_dead() {
  for (;;) {
    char byte;
    const auto size = ::recv(PQsocket(handle_.get()), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    if (size == 0) return true;
    if (size < 0) return errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR;
    if (PQconsumeInput(handle_.get()) != 1) return true;
    PQisBusy(handle_.get());  // reads what came
    if (PQstatus(handle_.get()) != CONNECTION_OK) return true;
  }
}

bool Connection::send(PgJob& job) {
  if (entries_.empty() && is_dead()) return false;
  Entry entry;
  entry.job = &job;
  entry.is_bulk = job.urgency == Urgency::bulk;
  entry.sent = now();
  for (const Statement& statement : job.statements) {
    const bool is_first = &statement == &job.statements.front();
    if (put(texts_.of(statement.sql), statement.parameters)) continue;
    if (is_first) return false;
    // Without a Sync behind them the server undoes those that were sent (PostgreSQL, 34.5.1.3).
    if (entry.is_bulk) ++bulk_;
    entries_.push_back(std::move(entry));
    boost::asio::post(watch_.descriptor().get_executor(), [self = shared_from_this()] {
      if (!self->is_closed_) self->lose();
    });
    return true;
  }
  if (entry.is_bulk) ++bulk_;
  last_used_ = entry.sent;
  entries_.push_back(std::move(entry));
  if (PQpipelineSync(handle_.get()) != 1) {
    // Reading will tell why.
  }
  flush();
  return true;
}

void Connection::close() {
  if (is_closed_) return;
  is_closed_ = true;
  watch_.release();
  handle_.reset();
}

bool Connection::is_slow(Time at) const {
  if (entries_.empty()) return false;
  return at - std::max(entries_.front().sent, last_part_) >
         std::chrono::milliseconds{50} + 4 * shortest_;
}

void Connection::listen() {
  watch_.descriptor().async_wait(Watch::Descriptor::wait_read,
                                 [self = shared_from_this()](const error_code& failed) {
                                   if (self->is_closed_ || failed) return;
                                   self->read();
                                   if (!self->is_closed_) self->listen();
                                 });
}

void Connection::flush() {
  if (wants_to_write_) return;  // goes on when there is room
  wants_to_write_ = PQflush(handle_.get()) == 1;
  if (!wants_to_write_) return;
  watch_.descriptor().async_wait(Watch::Descriptor::wait_write,
                                 [self = shared_from_this()](const error_code& failed) {
                                   if (self->is_closed_ || failed) return;
                                   self->wants_to_write_ = false;
                                   self->last_part_ = now();
                                   self->flush();
                                   if (!self->wants_to_write_) self->owner_.has_room();
                                 });
}

void Connection::read() {
  bool is_open = PQconsumeInput(handle_.get()) == 1;
  // What OpenSSL has taken from the socket already, the socket will never announce.
  if (auto* tls = static_cast<SSL*>(PQsslStruct(handle_.get(), "OpenSSL"))) {
    while (is_open && SSL_pending(tls) > 0) is_open = PQconsumeInput(handle_.get()) == 1;
  }
  const auto finished = take_results();
  if (is_closed_) return;
  if (!is_open || PQstatus(handle_.get()) != CONNECTION_OK) {
    lose();
    return;
  }
  if (finished == 0) last_part_ = now();
  owner_.has_room();
}

std::size_t Connection::take_results() {
  std::size_t finished = 0;
  int nothing = 0;  // in a row: one stands after the results of each statement
  while (!is_closed_ && !entries_.empty() && nothing < 3 && PQisBusy(handle_.get()) == 0) {
    const ResultHandle result{PQgetResult(handle_.get())};
    if (!result) {
      ++nothing;
      continue;
    }
    nothing = 0;
    if (PQresultStatus(result.get()) == PGRES_PIPELINE_SYNC) {
      finish_entry();
      ++finished;
    } else {
      take(result.get());
    }
  }
  return finished;
}

void Connection::take(const PGresult* result) {
  Entry& entry = entries_.front();
  switch (PQresultStatus(result)) {
    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK: break;
    case PGRES_PIPELINE_ABORTED: return;
    default:
      if (!entry.failed) entry.refusal = refusal_of(result);
      entry.failed = true;
      return;
  }
  const int columns = PQnfields(result);
  const int count = PQntuples(result);
  std::vector<Oid> types;
  for (int column = 0; column < columns; ++column) types.push_back(PQftype(result, column));
  Rows& rows = results_.emplace_back();
  rows.reserve(static_cast<std::size_t>(count));
  std::size_t bytes = 0;
  for (int i = 0; i < count; ++i) {
    Row& row = rows.emplace_back();
    row.reserve(types.size());
    for (int column = 0; column < columns; ++column) {
      if (PQgetisnull(result, i, column) != 0) {
        row.emplace_back();
        continue;
      }
      const std::string_view text{PQgetvalue(result, i, column),
                                  static_cast<std::size_t>(PQgetlength(result, i, column))};
      bytes += text.size();
      row.push_back(value_of(types[static_cast<std::size_t>(column)], text));
    }
  }
  if (bytes > long_bytes) retire();
}

void Connection::finish_entry() {
  const Entry entry = std::move(entries_.front());
  entries_.pop_front();
  auto results = std::move(results_);
  results_.clear();
  const auto at = now();
  shortest_ = std::min(shortest_, at - entry.sent);
  last_used_ = last_part_ = at;
  if (entry.is_bulk) --bulk_;
  if (entry.job == nullptr) {
    if (is_late_) retire();  // the request to stop may still be on its way and hit another
    is_late_ = false;
    return;
  }
  if (!entry.failed) entry.job->results = std::move(results);
  owner_.answered(*this, *entry.job, entry.failed ? &entry.refusal : nullptr);
}

void Connection::lose() {
  const auto self = shared_from_this();
  owner_.lost(*this);
  close();
}

bool Connection::expire(Time at, std::chrono::milliseconds limit) {
  if (is_late_ && at - late_since_ > limit) return false;
  for (std::size_t i = 0; i < entries_.size(); ++i) {
    PgJob* job = entries_[i].job;
    if (job == nullptr || at < job->deadline) continue;
    const bool is_first = i == 0;
    const bool is_moving = is_first && last_part_ + limit > at && last_part_ > entries_[0].sent &&
                           at < job->deadline + most_extensions * limit;
    if (is_moving) continue;
    entries_[i].job = nullptr;
    job->failure = std::make_exception_ptr(late_error(job->sent()));
    job->finish();
    if (is_first && !is_late_) {
      is_late_ = true;
      late_since_ = at;
      cancel();
    }
  }
  return true;
}

void Connection::cancel() {
  cancel_aside(std::unique_ptr<PGcancel, FreeCancel>{PQgetCancel(handle_.get())});
}

std::vector<PgJob*> Connection::take_waiting_reads() {
  std::vector<PgJob*> jobs;
  for (std::size_t i = 1; i < entries_.size(); ++i) {
    PgJob* job = entries_[i].job;
    if (job == nullptr || job->changes) continue;
    jobs.push_back(job);
    entries_[i].job = nullptr;
  }
  return jobs;
}

std::deque<PgJob*> Connection::take_jobs() {
  std::deque<PgJob*> jobs;
  for (const Entry& entry : entries_) {
    if (entry.job != nullptr) jobs.push_back(entry.job);
  }
  entries_.clear();
  results_.clear();
  bulk_ = 0;
  return jobs;
}

}  // namespace gmail_mcp::sql::postgres
