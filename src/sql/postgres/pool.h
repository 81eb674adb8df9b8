#pragma once

#include <boost/asio/cancellation_signal.hpp>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/log.h"
#include "base/task.h"
#include "sql/own_loop.h"
#include "sql/postgres/connection.h"
#include "sql/postgres/postgres.h"
#include "sql/postgres/servers.h"

namespace gmail_mcp::sql::postgres {

/// Gives jobs to connections, opens and closes these, and fails what waits for too long. Everything
/// but `submit` happens on the loop.
class Pool final : public Connection::Owner {
 public:
  Pool(PostgresOptions options, OwnLoop& loop, Log& log);
  ~Pool() override = default;

  /// `job` lives until it is resumed. Thread-safe.
  void submit(PgJob& job);
  /// Ends all that keeps the loop running. What waits is unavailable.
  void close();

 private:
  void answered(Connection& from, PgJob& job, const Refusal* refusal) override;
  void lost(Connection& one) override;
  void has_room() override { dispatch(); }

  void take_inbox();
  void dispatch();
  Connection* best_for(Urgency urgency);
  bool send(std::deque<PgJob*>& waiting, Connection& connection);
  void put_back(PgJob& job);
  void rest(PgJob& job);
  void fail(PgJob& job, const Error& error);
  void drop(Connection& connection);
  void close_unused(Time now);
  void open_more();
  void begin_attempt(Task<void> attempt);
  Task<void> open_one();
  void doubt_quiet_ones(Time now);
  Task<void> see_whether_it_lives();
  void opened(ConnectionHandle made);
  void not_opened(const Error& error);
  void schedule();
  void tick();

  PostgresOptions options_;
  OwnLoop& loop_;
  Log& log_;
  Servers servers_;
  Texts texts_;

  std::mutex mutex_;  // held only for the time that moving a pointer takes
  std::vector<PgJob*> inbox_;

  std::deque<PgJob*> interactive_, bulk_;
  std::list<std::pair<Timer, PgJob*>> resting_;  // before they are tried again
  std::minstd_rand random_{std::random_device{}()};
  std::vector<std::shared_ptr<Connection>> connections_;
  std::size_t opening_ = 0;
  Timer timer_;
  bool is_ticking_ = false, is_closed_ = false, is_dispatching_ = false;
  std::optional<Error> trouble_;  // why the last connection could not be made
  Time trouble_since_;
  Time next_try_;
  bool is_doubting_ = false;
  Time doubted_;
  std::vector<std::shared_ptr<boost::asio::cancellation_signal>> attempts_;
};

}  // namespace gmail_mcp::sql::postgres
