#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include "sql/job.h"
#include "sql/postgres/error.h"
#include "sql/postgres/handle.h"

namespace gmail_mcp::sql::postgres {

using Time = std::chrono::steady_clock::time_point;
inline Time now() { return std::chrono::steady_clock::now(); }

/// Statements that are sent together and are one transaction.
struct PgJob : Job {
  bool changes = false;
  Urgency urgency = Urgency::interactive;
  Time submitted;
  Time deadline;
  int tries = 0;  // that ended without anything done

  Sent sent() const { return changes ? Sent::a_change : Sent::a_read; }
};

/// The statements as PostgreSQL reads them, made once for each.
class Texts {
 public:
  const char* of(const Sql& sql);

 private:
  std::unordered_map<const char*, std::string> texts_;
};

/// One connection, down which jobs go one after the other without waiting for answers. The server
/// takes all statements up to a Sync as one transaction, so each job ends with its own, and the
/// failure of one does not touch the next. On one loop.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  struct Owner {
    virtual ~Owner() = default;
    /// The server answered: with results (no refusal) or refused.
    virtual void answered(Connection& from, PgJob& job, const Refusal* refusal) = 0;
    /// The connection has ended; jobs may be left in it (`take_jobs`).
    virtual void lost(Connection& one) = 0;
    /// There is room for more, after `answered` or a long write.
    virtual void has_room() = 0;
  };

  Connection(ConnectionHandle made, const Executor& executor, Texts& texts, Owner& owner);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  void start();
  /// False when the connection turns out to be dead and nothing was sent.
  bool send(PgJob& job);
  /// Ends it. Nothing is told to the owner after this.
  void close();

  std::size_t in_flight() const { return entries_.size(); }
  bool has_bulk() const { return bulk_ > 0; }
  /// Nothing new may be sent: it is busy with sending, does not answer, or is to be closed.
  bool is_closed_to_new() const { return is_given_up() || wants_to_write_; }
  /// It does not answer, or is to be closed.
  bool is_given_up() const { return is_retiring_ || is_late_; }
  /// Whether the oldest job waits for much longer than the way to the server and back takes.
  bool is_slow(Time at) const;
  /// Nothing came from the server for so long although it was asked.
  bool is_quiet(Time at, std::chrono::milliseconds limit) const {
    return !entries_.empty() && at - std::max(entries_.front().sent, last_part_) > limit;
  }
  /// To be closed once nothing is in flight.
  void retire() { is_retiring_ = true; }
  bool is_retiring() const { return is_retiring_; }
  Time last_used() const { return last_used_; }

  /// Fails the jobs whose time is over, and asks the server to stop the one that it works on. False
  /// when the server does not react to that within `limit`.
  bool expire(Time at, std::chrono::milliseconds limit);
  /// The reads that wait behind the first job, so that they can be asked elsewhere; their answers
  /// here are ignored.
  std::vector<PgJob*> take_waiting_reads();
  /// The jobs that were not answered, the oldest first.
  std::deque<PgJob*> take_jobs();

 private:
  struct Entry {
    PgJob* job = nullptr;  // null: nobody waits any more
    bool is_bulk = false;
    Time sent;
    bool failed = false;
    Refusal refusal;
  };

  void set_up();
  bool is_dead();
  bool put(const char* text, const std::vector<Value>& parameters);
  void listen();
  void flush();
  void read();
  std::size_t take_results();
  void take(const PGresult* result);
  void finish_entry();
  void lose();
  void cancel();

  ConnectionHandle handle_;
  Watch watch_;
  Texts& texts_;
  Owner& owner_;
  std::deque<Entry> entries_;
  std::vector<Rows> results_;  // of the first entry
  std::size_t bulk_ = 0;       // entries
  bool is_closed_ = false;
  bool is_retiring_ = false;
  bool wants_to_write_ = false;
  bool is_late_ = false;  // the server was asked to stop what it does
  Time late_since_;
  Time last_used_;
  Time last_part_;  // when a part of an answer came, or of what is sent went
  std::chrono::steady_clock::duration shortest_{std::chrono::seconds{1}};  // from asked to answered
};

}  // namespace gmail_mcp::sql::postgres
