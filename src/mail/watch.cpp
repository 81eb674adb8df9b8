#include "mail/watch.h"

#include <algorithm>
#include <utility>

#include "base/error.h"
#include "mail/forwarding.h"
#include "mail/watch_state.h"
#include "mail/watch_times.h"

namespace gmail_mcp::mail {

namespace {

using std::chrono::milliseconds;

// A server that keeps reporting news is read only once a second.
constexpr int hasty_news = 20;
// A mailbox that keeps failing is logged again after this time.
constexpr std::chrono::hours silence_about_failing{1};

// Why a run ended. nullopt: cancelled, or finished.
std::optional<Error> reason(const std::exception_ptr& failure) {
  if (!failure) return std::nullopt;
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& unforeseen) {
    return Error{Errc::internal, "Following a mailbox failed."}.with_detail(unforeseen.what());
  }
}

// Only the person can fix these, and then the connection has another version.
bool needs_the_person(Errc code) {
  return code == Errc::reconnect_required || code == Errc::insufficient_scope ||
         code == Errc::not_found;
}

// Records each step, because a long first sync is not a hanging one.
class Paced final : public ForwardingFeed {
 public:
  Paced(Feed& feed, std::function<void()> moved) : ForwardingFeed{feed}, moved_{std::move(moved)} {}

  Task<Step> next(std::string cursor, std::size_t most) override {
    auto step = co_await inner().next(std::move(cursor), most);
    moved_();
    co_return step;
  }
  Task<Anew> read_again(std::vector<model::MessageId> ids) override {
    auto anew = co_await inner().read_again(std::move(ids));
    moved_();
    co_return anew;
  }

 private:
  std::function<void()> moved_;
};

}  // namespace

// --- who is followed

Watch::Account* Watch::State::find(const std::string& id) {
  const auto found = accounts.find(id);
  return found == accounts.end() ? nullptr : found->second.get();
}

Watch::Account& Watch::State::insert(const model::Connection& connection) {
  auto account = std::make_unique<Account>(executor, connection);
  return *accounts.insert_or_assign(connection.id.str(), std::move(account)).first->second;
}

void Watch::State::renew_connection(Account& account, const model::Connection& connection) {
  account.connection = connection;
  if (!account.given_up && account.failures == 0) return;
  account.given_up = false;
  account.failures = 0;
  schedule(account, clock.steady_now());
}

void Watch::State::add(const model::Connection& connection) {
  auto* known = find(connection.id.str());
  if (known && known->leaving) {
    known->again = connection;
    return;
  }
  auto& account = known ? *known : insert(connection);
  account.fresh = true;
  account.known_to_all_at = known_to_all();
  account.failures = 0;
  account.given_up = false;
  account.connection = connection;
  if (account.running) {
    account.restart = true;
    account.task.cancel();
  } else if (account.ours) {
    schedule(account, clock.steady_now());
    start_due();
  } else {
    chores.spawn(acquire(connection.id.str()));
  }
}

void Watch::State::dismiss(const std::string& id) {
  auto* account = find(id);
  if (!account || account->leaving) return;
  account->leaving = true;
  unschedule(*account);
  account->task.cancel();
  chores.spawn(leave(id));
}

Task<void> Watch::State::leave(std::string id) {
  auto* account = find(id);
  co_await account->task.join();
  const bool held = account->ours;
  const auto again = std::move(account->again);
  if (held) --ours;
  accounts.erase(id);
  if (again) {
    add(*again);
  } else if (held) {
    // A separate task, because this one may be cancelled by now.
    chores.spawn(release(id));
  }
}

Task<void> Watch::State::look() {
  for (auto& [id, account] : accounts) account->fresh = false;
  const auto found = co_await watched.connections();
  std::unordered_set<std::string> seen;
  for (const auto& connection : found) {
    seen.insert(connection.id.str());
    auto* known = find(connection.id.str());
    if (!known) {
      auto& account = insert(connection);
      if (has_looked) account.known_to_all_at = known_to_all();
      unleased = true;
    } else if (known->connection.version < connection.version) {
      renew_connection(*known, connection);
    }
  }
  has_looked = true;
  std::vector<std::string> gone;
  for (const auto& [id, account] : accounts) {
    if (!account->fresh && !seen.contains(id)) gone.push_back(id);
  }
  for (const auto& id : gone) dismiss(id);
}

// --- when each runs

Task<void> Watch::State::keep() {
  auto look_at = clock.steady_now();
  auto share_at = look_at;
  while (true) {
    if (clock.steady_now() >= look_at) {
      look_at = clock.steady_now() + options.look_interval;
      co_await guarded(look());
    }
    if (unleased || clock.steady_now() >= share_at) {
      share_at = clock.steady_now() + options.lease / 4;
      co_await guarded(share());
    }
    keep_limits();
    start_due();
    co_await clock.sleep(tick);
  }
}

// What fails now is tried again later.
Task<void> Watch::State::guarded(Task<void> work) {
  try {
    co_await std::move(work);
  } catch (const Error& error) {
    log.warning("watch_cannot_ask_the_store",
                {{"code", to_string(error.code)}, {"problem", error.message}});
  }
}

void Watch::State::report(const std::exception_ptr& failure) {
  if (const auto error = closing ? std::nullopt : reason(failure)) {
    log.warning("watch_failed", {{"code", to_string(error->code)}, {"detail", error->detail}});
  }
}

void Watch::State::schedule(Account& account, Moment when) {
  unschedule(account);
  if (!account.ours || account.running || account.given_up || account.leaving || closing) return;
  account.due = when;
  due.emplace(when, &account);
}

void Watch::State::unschedule(Account& account) {
  if (account.due) due.erase({*account.due, &account});
  account.due.reset();
}

void Watch::State::start_due() {
  // A run may be over before `spawn` returns, and wants to start the next.
  if (starting || closing) return;
  starting = true;
  const auto now = clock.steady_now();
  while (slots < options.max_polling && !due.empty() && due.begin()->first <= now) {
    auto& account = *due.begin()->second;
    account.place = due.begin()->first;
    unschedule(account);
    account.running = true;
    account.has_slot = true;
    ++slots;
    account.cut = false;
    account.restart = false;
    account.poll_ends = now + options.poll_limit;
    begin_step(account);
    account.task.spawn(run(account));
  }
  starting = false;
}

void Watch::State::keep_limits() {
  const auto now = clock.steady_now();
  const std::vector<Account*> busy{stepping.begin(), stepping.end()};
  for (auto* account : busy) {
    const bool too_long = now >= account->poll_ends;
    if (now >= account->step_ends || (too_long && !account->has_place)) {
      account->cut = true;
      account->task.cancel();
    } else if (too_long) {
      give_back_slot(*account);
    }
  }
  // Better no process watches than two: others may have taken the leases by now.
  if (now >= alive_until) lose_all();
}

// --- one run

Task<void> Watch::State::run(Account& account) {
  std::exception_ptr failure;
  try {
    co_await follow(account);
  } catch (...) {
    failure = std::current_exception();
  }
  end_run(account, failure);
}

Task<void> Watch::State::follow(Account& account) {
  const auto feed = watched.open(account.connection, FeedUse::watch);
  account.has_place = feed->can_wait() && places < options.max_waiting;
  if (account.has_place) ++places;
  Paced paced{*feed, [this, &account] {
                account.progressed = true;
                account.step_ends = clock.steady_now() + options.step_limit;
              }};
  auto connection = account.connection;
  co_await watched.sync(std::move(connection), paced);
  succeed(account);
  if (!account.has_place) {
    co_await feed->rest();
    co_return;
  }
  give_back_slot(account);
  start_due();
  int hasty = 0;
  while (true) {
    account.waiting = true;
    stepping.erase(&account);
    const auto began = clock.steady_now();
    co_await feed->wait();
    account.waiting = false;
    begin_step(account);
    hasty = clock.steady_now() - began < tick ? hasty + 1 : 0;
    if (hasty > hasty_news) co_await clock.sleep(tick);
    connection = account.connection;
    co_await watched.sync(std::move(connection), paced);
    succeed(account);
  }
}

void Watch::State::begin_step(Account& account) {
  account.progressed = false;
  account.step_ends = clock.steady_now() + options.step_limit;
  stepping.insert(&account);
}

void Watch::State::succeed(Account& account) {
  if (account.failures > 0) {
    log.info("mailbox_followed_again", {{"connection_id", account.connection.id.str()}});
  }
  account.failures = 0;
}

void Watch::State::give_back_slot(Account& account) {
  if (account.has_slot) --slots;
  account.has_slot = false;
}

void Watch::State::end_run(Account& account, const std::exception_ptr& failure) {
  account.running = false;
  account.waiting = false;
  stepping.erase(&account);
  if (account.has_place) --places;
  account.has_place = false;
  give_back_slot(account);
  if (closing || account.leaving) return;
  if (account.ours) plan_next(account, failure);
  start_due();
}

void Watch::State::plan_next(Account& account, const std::exception_ptr& failure) {
  const auto now = clock.steady_now();
  const auto& id = account.connection.id.str();
  // When it was cut in the middle of much mail, it continues where it stopped, after the accounts
  // that are due.
  if (account.restart || (account.cut && account.progressed)) return schedule(account, now);
  auto error = account.cut ? Error{Errc::timeout, "The mailbox does not answer."} : reason(failure);
  if (account.cut && watched.hung) watched.hung(account.connection, *error);
  if (!error) {
    // An account that took longer than the interval has missed a turn, so that others get theirs.
    const auto pause = poll_pause(id, account.round++, options.poll_interval);
    const auto next = account.place + pause;
    return schedule(account, next > now ? next : now + pause);
  }
  ++account.failures;
  if (account.failures == 1 || now - account.said >= silence_about_failing) {
    account.said = now;
    log.warning("mailbox_not_followed", {{"connection_id", id},
                                         {"code", to_string(error->code)},
                                         {"problem", error->message},
                                         {"detail", error->detail}});
  }
  account.given_up = needs_the_person(error->code);
  auto pause = back_off(id, account.failures);
  if (error->retry_after) pause = std::max(pause, milliseconds{*error->retry_after});
  schedule(account, now + pause);
}

// --- the face

Watch::Watch(const Executor& executor, store::Leases& leases, Watched watched, Clock& clock,
             Log& log, WatchOptions options)
    : state_{std::make_unique<State>(executor, leases, std::move(watched), clock, log,
                                     std::move(options))} {}

Watch::~Watch() = default;

void Watch::start() {
  if (!state_->options.enabled || state_->started) return;
  state_->started = true;
  state_->chores.spawn(state_->keep());
}

void Watch::add(const model::Connection& connection) {
  if (state_->started && !state_->closing) state_->add(connection);
}

void Watch::note_change(const model::Connection& connection) {
  if (state_->closing) return;
  auto* known = state_->find(connection.id.str());
  if (!known || known->connection.version >= connection.version) return;
  state_->renew_connection(*known, connection);
}

bool Watch::follows_any() const { return !state_->accounts.empty(); }

Task<void> Watch::remove(model::ConnectionId id) {
  // `close` ends them all and iterates over them meanwhile.
  if (!state_->closing) state_->dismiss(id.str());
  auto* account = state_->find(id.str());
  if (account) co_await account->task.join();
}

Watch::Counts Watch::counts() const {
  Counts counts;
  for (const auto& [id, account] : state_->accounts) {
    if (!account->ours) {
      ++counts.elsewhere;
    } else if (account->given_up) {
      ++counts.given_up;
    } else {
      ++(account->waiting ? counts.waiting : counts.polled);
      if (account->failures > 0) ++counts.failing;
    }
  }
  return counts;
}

Task<void> Watch::close() {
  auto& state = *state_;
  if (state.closing) co_return co_await state.closed.wait();
  state.closing = true;
  state.chores.cancel();
  co_await state.chores.join();
  auto held = state.names_of_held();
  for (auto& [id, account] : state.accounts) account->task.cancel();
  for (auto& entry : state.accounts) co_await entry.second->task.join();
  state.accounts.clear();
  state.due.clear();
  if (state.started) {
    state.chores.spawn(state.guarded(state.leave_to_others(std::move(held))));
    co_await state.chores.join();
  }
  state.closed.set();
}

}  // namespace gmail_mcp::mail
