#include "sql/postgres/pool.h"

#include <algorithm>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/co_spawn.hpp>
#include <iterator>

#include "base/caught.h"

namespace gmail_mcp::sql::postgres {

namespace {

namespace asio = boost::asio;
using std::chrono::milliseconds;

constexpr milliseconds tick_every{50};  // while anybody waits
constexpr milliseconds try_again_after{200};
constexpr milliseconds try_for_more_after{2000};  // while there are connections
constexpr int most_tries = 6;
constexpr std::size_t most_in_flight = 128;  // on one connection

}  // namespace

Pool::Pool(PostgresOptions options, OwnLoop& loop, Log& log)
    : options_{std::move(options)},
      loop_{loop},
      log_{log},
      servers_{options_.url},
      timer_{loop.executor()} {}

void Pool::submit(PgJob& job) {
  job.submitted = now();
  job.deadline = job.submitted +
                 (job.urgency == Urgency::bulk ? options_.bulk_within : options_.answer_within);
  bool wakes = false;
  {
    const std::lock_guard lock{mutex_};
    wakes = inbox_.empty();
    inbox_.push_back(&job);
  }
  if (wakes) loop_.post([this] { take_inbox(); });
}

void Pool::take_inbox() {
  std::vector<PgJob*> jobs;
  {
    const std::lock_guard lock{mutex_};
    jobs.swap(inbox_);
  }
  for (PgJob* job : jobs) {
    (job->urgency == Urgency::bulk ? bulk_ : interactive_).push_back(job);
  }
  if (is_closed_) {
    close();
  } else {
    dispatch();
  }
}

void Pool::dispatch() {
  if (is_closed_) return;
  for (auto* waiting : {&bulk_, &interactive_}) {
    const auto urgency = waiting == &bulk_ ? Urgency::bulk : Urgency::interactive;
    while (!waiting->empty()) {
      Connection* connection = best_for(urgency);
      if (connection == nullptr) break;
      PgJob& job = *waiting->front();
      waiting->pop_front();
      if (connection->send(job)) continue;
      lost(*connection);
      put_back(job);
    }
  }
  open_more();
  schedule();
}

// Bulk work may hold a connection for long: it gets at most half of them, and nothing is sent
// behind it.
Connection* Pool::best_for(Urgency urgency) {
  const auto at = now();
  const auto with_bulk = std::count_if(connections_.begin(), connections_.end(),
                                       [](const auto& one) { return one->has_bulk(); });
  const auto most_with_bulk = std::max<std::size_t>(1, options_.connections / 2);
  if (urgency == Urgency::bulk && static_cast<std::size_t>(with_bulk) >= most_with_bulk) {
    return nullptr;
  }
  Connection* best = nullptr;
  for (const auto& one : connections_) {
    if (one->is_closed_to_new() || one->has_bulk() || one->in_flight() >= most_in_flight ||
        one->is_slow(at)) {
      continue;
    }
    // Those used last are used again, so that others become idle and can be closed.
    const bool is_better =
        best == nullptr || one->in_flight() < best->in_flight() ||
        (one->in_flight() == best->in_flight() && one->last_used() > best->last_used());
    if (is_better) best = one.get();
  }
  return best;
}

void Pool::put_back(PgJob& job) {
  if (++job.tries > most_tries) {
    fail(job, lost_error(Sent::nothing));
    return;
  }
  (job.urgency == Urgency::bulk ? bulk_ : interactive_).push_front(&job);
}

// Two transactions that are repeated at once would meet again.
void Pool::rest(PgJob& job) {
  ++job.tries;
  const int most = 10 << job.tries;  // milliseconds
  auto& resting = resting_.emplace_back(Timer{loop_.executor()}, &job);
  const auto at = std::prev(resting_.end());
  resting.first.expires_after(milliseconds{std::uniform_int_distribution<int>{1, most}(random_)});
  resting.first.async_wait([this, at](const boost::system::error_code& failed) {
    if (failed || is_closed_) return;
    PgJob* job_again = at->second;
    resting_.erase(at);
    (job_again->urgency == Urgency::bulk ? bulk_ : interactive_).push_front(job_again);
    dispatch();
  });
}

void Pool::fail(PgJob& job, const Error& error) {
  job.results.clear();
  job.failure = std::make_exception_ptr(Error{error});
  job.finish();
}

void Pool::answered(Connection& from, PgJob& job, const Refusal* refusal) {
  if (refusal == nullptr) {
    job.finish();
    return;
  }
  const std::string_view state = refusal->state;
  const bool is_in_time = now() < job.deadline;
  if (state == state::bad_text) {
    job.results.assign(job.statements.size(), Rows{});
    job.finish();
    return;
  }
  if (state == state::read_only) {
    // The server was the one that accepts changes, and is no more: all its connections are useless.
    servers_.avoid_current();
    for (const auto& one : connections_) one->retire();
    from.retire();
  }
  // A refused transaction has changed nothing, so these may be tried again.
  const bool is_in_each_others_way = state == state::serialization || state == state::deadlock;
  const bool may_help_once = state == state::cancelled || state == state::read_only;
  if (is_in_time && is_in_each_others_way && job.tries < most_tries) {
    rest(job);
    return;
  }
  if (is_in_time && may_help_once && job.tries == 0) {
    put_back(job);
    return;
  }
  fail(job, statement_error(*refusal));
}

void Pool::lost(Connection& one) {
  auto jobs = one.take_jobs();
  drop(one);
  // From the last on, so that the oldest is the first again.
  for (auto job = jobs.rbegin(); job != jobs.rend(); ++job) {
    // More than once, because when all connections are ended at once, the next one tried may be
    // among them.
    if (!(*job)->changes && (*job)->tries < most_tries && now() < (*job)->deadline) {
      put_back(**job);
    } else {
      fail(**job, lost_error((*job)->sent()));
    }
  }
  schedule();
  if (!interactive_.empty() || !bulk_.empty()) {
    loop_.post([this] { dispatch(); });
  }
}

void Pool::drop(Connection& connection) {
  const auto found = std::find_if(connections_.begin(), connections_.end(),
                                  [&](const auto& one) { return one.get() == &connection; });
  if (found == connections_.end()) return;
  const auto kept = *found;
  connections_.erase(found);
  kept->close();
}

void Pool::close_unused(Time at) {
  const auto all = connections_;
  for (const auto& one : all) {
    if (one->in_flight() > 0) continue;
    if (one->is_retiring() || at - one->last_used() > options_.idle_for) drop(*one);
  }
}

void Pool::open_more() {
  close_unused(now());
  const auto waiting = interactive_.size() + bulk_.size();
  auto load = waiting;
  auto open = opening_;
  for (const auto& one : connections_) {
    if (one->is_given_up()) continue;
    load += one->in_flight();
    ++open;
  }
  // A job of its own for each: only when all are open they share.
  const auto wanted = std::min(load, options_.connections);
  if (wanted <= open) return;
  auto more = wanted - open;
  if (trouble_) {
    if (opening_ > 0 || now() < next_try_) return;
    more = 1;
  }
  for (; more > 0; --more) {
    ++opening_;
    begin_attempt(open_one());
  }
}

void Pool::begin_attempt(Task<void> attempt) {
  auto& cancel = attempts_.emplace_back(std::make_shared<asio::cancellation_signal>());
  auto over = [this, cancel](const std::exception_ptr&) { std::erase(attempts_, cancel); };
  asio::co_spawn(loop_.executor(), std::move(attempt),
                 asio::bind_cancellation_slot(cancel->slot(), std::move(over)));
}

Task<void> Pool::open_one() {
  auto made = co_await caught(servers_.connect(options_.answer_within));
  --opening_;
  if (is_closed_) co_return;
  if (made) {
    opened(std::move(made).value());
  } else {
    not_opened(made.error());
  }
}

// Bulk work may take minutes, and a server that is at work for so long says as little as one that
// is dead. Whether it still lets us in tells them apart, also where a pooler has no connection
// free.
void Pool::doubt_quiet_ones(Time at) {
  if (is_doubting_ || at - doubted_ < options_.answer_within) return;
  const bool has_quiet_one =
      std::any_of(connections_.begin(), connections_.end(), [&](const auto& one) {
        return one->has_bulk() && one->is_quiet(at, options_.answer_within);
      });
  if (!has_quiet_one) return;
  is_doubting_ = true;
  begin_attempt(see_whether_it_lives());
}

Task<void> Pool::see_whether_it_lives() {
  const auto made = co_await caught(servers_.connect(options_.answer_within));
  const auto at = now();
  is_doubting_ = false;
  doubted_ = at;
  if (is_closed_ || made || made.error().code != Errc::unavailable) co_return;
  const auto all = connections_;
  for (const auto& one : all) {
    if (one->has_bulk() && one->is_quiet(at, options_.answer_within)) lost(*one);
  }
}

void Pool::opened(ConnectionHandle made) {
  if (trouble_) log_.info("connections to the database can be opened again");
  trouble_.reset();
  const auto& one = connections_.emplace_back(
      std::make_shared<Connection>(std::move(made), loop_.executor(), texts_, *this));
  one->start();
  dispatch();
}

void Pool::not_opened(const Error& error) {
  const auto at = now();
  if (!trouble_) {
    trouble_since_ = at;
    log_.warning("no connection to the database can be opened",
                 {{"reason", error.message}, {"detail", error.detail}});
  }
  trouble_ = error;
  next_try_ = at + (connections_.empty() ? try_again_after : try_for_more_after);
  // A short absence is waited for; when it is a longer one, or waiting does not help, all know
  // soon.
  const bool helps_to_wait =
      error.code == Errc::unavailable && at - trouble_since_ < options_.answer_within;
  if (connections_.empty() && !helps_to_wait) {
    for (auto* waiting : {&interactive_, &bulk_}) {
      const auto jobs = std::exchange(*waiting, {});
      for (PgJob* job : jobs) fail(*job, error);
    }
  }
  schedule();
}

void Pool::schedule() {
  const bool is_busy = !interactive_.empty() || !bulk_.empty() || opening_ > 0 ||
                       std::any_of(connections_.begin(), connections_.end(), [](const auto& one) {
                         return one->in_flight() > 0 || one->is_retiring();
                       });
  if (is_closed_ || is_ticking_ || (!is_busy && connections_.empty())) return;
  is_ticking_ = is_busy;
  timer_.expires_after(is_busy ? tick_every : options_.idle_for);
  timer_.async_wait([this](const boost::system::error_code& failed) {
    if (failed || is_closed_) return;
    is_ticking_ = false;
    tick();
  });
}

void Pool::tick() {
  const auto at = now();
  for (auto* waiting : {&interactive_, &bulk_}) {
    while (!waiting->empty() && waiting->front()->deadline <= at) {
      PgJob& job = *waiting->front();
      waiting->pop_front();
      fail(job, trouble_ ? *trouble_ : late_error(Sent::nothing));
    }
  }
  const auto all = connections_;
  for (const auto& one : all) {
    if (!one->expire(at, options_.answer_within)) {
      lost(*one);
      continue;
    }
    if (!one->is_slow(at)) continue;
    auto reads = one->take_waiting_reads();
    for (auto job = reads.rbegin(); job != reads.rend(); ++job) interactive_.push_front(*job);
  }
  doubt_quiet_ones(at);
  dispatch();
}

void Pool::close() {
  is_closed_ = true;
  timer_.cancel();
  for (const auto& attempt : std::vector{attempts_}) {
    attempt->emit(asio::cancellation_type::terminal);
  }
  std::deque<PgJob*> jobs = std::exchange(interactive_, {});
  jobs.insert(jobs.end(), bulk_.begin(), bulk_.end());
  bulk_.clear();
  for (auto& [timer, job] : resting_) {
    jobs.push_back(job);
    timer.cancel();
  }
  resting_.clear();
  for (const auto& one : std::exchange(connections_, {})) {
    const auto left = one->take_jobs();
    jobs.insert(jobs.end(), left.begin(), left.end());
    one->close();
  }
  for (PgJob* job : jobs) fail(*job, lost_error(job->sent()));
}

}  // namespace gmail_mcp::sql::postgres
