#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "mail/watch.h"

// What watch.cpp (who is followed, and when each runs) and watch_shares.cpp (which process follows
// whom) know together.
namespace gmail_mcp::mail {

struct Watch::Account {
  using Moment = std::chrono::steady_clock::time_point;

  Account(const Executor& executor, model::Connection followed)
      : connection{std::move(followed)}, task{executor} {}

  model::Connection connection;
  TaskGroup task;  // its run: one at a time
  bool ours = false;
  Moment known_to_all_at;            // when every process has looked for new connections
  std::optional<Moment> free_since;  // when it was first seen that nobody watches it
  std::optional<Moment> due;         // as in State::due
  Moment place;                      // the scheduled time of the last poll
  std::uint64_t round = 0;
  int failures = 0;
  Moment said;  // when the last of them was logged
  bool given_up = false;
  bool fresh = false;  // added after the list of connections was requested
  bool leaving = false;
  bool handing_over = false;               // to another process, once its run has ended
  std::optional<model::Connection> again;  // added while leaving

  // Of the run.
  bool running = false;
  bool has_slot = false;   // one of max_polling
  bool has_place = false;  // one of max_waiting
  bool waiting = false;
  bool progressed = false;
  bool cut = false;      // by a limit
  bool restart = false;  // cancelled to begin again
  Moment step_ends;
  Moment poll_ends;
};

struct Watch::State {
  using Moment = Account::Moment;
  static constexpr std::chrono::milliseconds tick{1'000};

  State(const Executor& executor, store::Leases& leases, Watched watched, Clock& clock, Log& log,
        WatchOptions options)
      : executor{executor},
        leases{leases},
        watched{std::move(watched)},
        clock{clock},
        log{log},
        options{std::move(options)},
        closed{executor},
        chores{executor, [this](const std::exception_ptr& failure) { report(failure); }} {}

  // Who is followed.
  Account* find(const std::string& id);
  Account& insert(const model::Connection& connection);
  void renew_connection(Account& account, const model::Connection& connection);
  void add(const model::Connection& connection);
  void dismiss(const std::string& id);
  Task<void> leave(std::string id);
  Task<void> look();
  Moment known_to_all() const { return clock.steady_now() + options.look_interval + 10 * tick; }

  // Leases.
  using Counts = std::map<std::string, std::int64_t>;  // accounts of each process
  Task<void> acquire(std::string id);
  Task<void> show_life();
  Task<void> share();
  Task<std::vector<std::string>> living() const;
  Task<Counts> counts_of(const std::vector<std::string>& processes);
  Task<void> confirm();
  Task<void> take_free(std::size_t most, std::size_t from, std::size_t of);
  void give_back(std::size_t count);
  Task<void> hand_over(std::vector<std::string> ids);
  std::vector<std::string> names_of_ours() const;
  std::vector<std::string> names_of_held() const;
  Task<void> release(std::string id);
  Task<void> leave_to_others(std::vector<std::string> names);
  void gain(Account& account, bool at_once);
  void lose(Account& account);
  void lose_all();

  // When each runs.
  Task<void> keep();
  Task<void> guarded(Task<void> work);
  void schedule(Account& account, Moment when);
  void unschedule(Account& account);
  void start_due();
  void keep_limits();
  void report(const std::exception_ptr& failure);

  // One run.
  Task<void> run(Account& account);
  Task<void> follow(Account& account);
  void begin_step(Account& account);
  void succeed(Account& account);
  void give_back_slot(Account& account);
  void end_run(Account& account, const std::exception_ptr& failure);
  void plan_next(Account& account, const std::exception_ptr& failure);

  Executor executor;
  store::Leases& leases;
  Watched watched;
  Clock& clock;
  Log& log;
  WatchOptions options;
  std::unordered_map<std::string, std::unique_ptr<Account>> accounts;  // by connection id
  std::set<std::pair<Moment, Account*>> due;
  std::unordered_set<Account*> stepping;  // running, and not waiting
  std::size_t slots = 0;                  // taken
  std::size_t places = 0;                 // taken
  std::size_t ours = 0;
  bool started = false;
  bool closing = false;
  Event closed;
  bool starting = false;
  bool has_looked = false;
  bool unleased = false;  // some account has never been asked for
  Moment alive_until;     // our own lease, by our clock
  TaskGroup chores;
};

}  // namespace gmail_mcp::mail
