// Watch: which process follows whom.
#include <algorithm>
#include <utility>

#include "base/error.h"
#include "base/process.h"
#include "mail/watch_state.h"
#include "mail/watch_times.h"

namespace gmail_mcp::mail {

namespace {

using std::chrono::milliseconds;

// Accounts whose lease nobody takes for so long go to whoever sees them: the processes may not know
// the same accounts yet, and so not agree on the shares.
constexpr milliseconds longest_free{6'000};
// Leases of accounts last as long as the process.
constexpr std::chrono::seconds until_given_back{std::chrono::days{365}};

constexpr const char* accounts_prefix = "watch/";
constexpr const char* processes_prefix = "watcher/";

std::string lease_of(const std::string& id) { return accounts_prefix + id; }
std::string lease_of_process(const std::string& id) { return processes_prefix + id; }

}  // namespace

Task<void> Watch::State::acquire(std::string id) {
  co_await show_life();
  const bool taken = co_await leases.take(lease_of(id), options.process_id, until_given_back);
  auto* account = find(id);
  if (taken && account) gain(*account, true);
}

// What we hold counts only as long as others see that we live.
Task<void> Watch::State::show_life() {
  const auto asked = clock.steady_now();
  if (asked >= alive_until) lose_all();
  co_await leases.take(lease_of_process(options.process_id), options.process_id, options.lease);
  // A little early, because we look at the time once a second only.
  alive_until = std::max(alive_until, asked + options.lease - 2 * tick);
}

// The processes that watch, in an order on which all agree.
Task<std::vector<std::string>> Watch::State::living() const {
  auto processes = co_await leases.holders(processes_prefix);
  // A killed process of this machine need not be waited for.
  std::erase_if(processes, [](const std::string& process) { return !may_be_running(process); });
  std::ranges::sort(processes);
  co_return processes;
}

Task<Watch::State::Counts> Watch::State::counts_of(const std::vector<std::string>& processes) {
  const auto is_gone = [&](const std::string& process) {
    return !std::ranges::binary_search(processes, process);
  };
  auto counts = co_await leases.counts(accounts_prefix);
  const auto all = counts.size();
  std::erase_if(counts, [&](const auto& one) { return is_gone(one.first); });
  if (counts.size() < all) co_await leases.release_of_ended(accounts_prefix, is_gone);
  co_return counts;
}

Task<void> Watch::State::share() {
  unleased = false;
  co_await show_life();
  const auto processes = co_await living();
  const auto us = std::ranges::find(processes, options.process_id);
  if (us == processes.end()) co_return;  // it took too long
  const bool all_are_ours = ours == accounts.size();
  if (processes.size() == 1 && all_are_ours) co_return;
  auto counts = co_await counts_of(processes);
  if (static_cast<std::size_t>(counts[options.process_id]) != ours) co_await confirm();
  counts[options.process_id] = static_cast<std::int64_t>(ours);

  std::size_t held = 0;
  for (const auto& one : counts) held += static_cast<std::size_t>(one.second);
  const auto all = std::max(accounts.size(), held);
  const auto share_of = [&](std::size_t place) {
    return all / processes.size() + (place < all % processes.size() ? 1 : 0);
  };
  std::size_t wanted_elsewhere = 0;
  for (std::size_t i = 0; i < processes.size(); ++i) {
    const auto has = static_cast<std::size_t>(counts[processes[i]]);
    if (processes[i] != options.process_id && has < share_of(i)) {
      wanted_elsewhere += share_of(i) - has;
    }
  }
  const auto place = static_cast<std::size_t>(us - processes.begin());
  const auto mine = share_of(place);
  if (ours > mine) give_back(std::min(ours - mine, wanted_elsewhere));
  if (held < accounts.size() || ours < mine) {
    const auto most = ours < mine ? mine - ours : 0;
    co_await take_free(most, place, processes.size());
  }
  start_due();
}

std::vector<std::string> Watch::State::names_of_ours() const {
  std::vector<std::string> names;
  for (const auto& [id, account] : accounts) {
    if (account->ours) names.push_back(lease_of(id));
  }
  return names;
}

// Those that are being handed over as well.
std::vector<std::string> Watch::State::names_of_held() const {
  auto names = names_of_ours();
  for (const auto& [id, account] : accounts) {
    if (account->handing_over) names.push_back(lease_of(id));
  }
  return names;
}

Task<void> Watch::State::release(std::string id) {
  co_await leases.release(lease_of(id), options.process_id);
}

// The rows do not say what we think we hold: others thought for a while that we had ended.
Task<void> Watch::State::confirm() {
  auto names = names_of_ours();
  if (names.empty()) co_return;
  const std::unordered_set<std::string> asked{names.begin(), names.end()};
  auto held = co_await leases.take_all(std::move(names), options.process_id, until_given_back);
  const std::unordered_set<std::string> is_held{held.begin(), held.end()};
  for (const auto& [id, account] : accounts) {
    const auto name = lease_of(id);
    if (asked.contains(name) && !is_held.contains(name)) lose(*account);
  }
}

// Begins at another place of the list than the other processes, because all see the same accounts
// free at the same time.
Task<void> Watch::State::take_free(std::size_t most, std::size_t from, std::size_t of) {
  auto held = co_await leases.held(accounts_prefix);
  const auto now = clock.steady_now();
  std::vector<std::string> late;
  std::vector<std::string> names;
  for (const auto& [id, account] : accounts) {
    const auto holder = held.find(lease_of(id));
    // Leases of ours that are not marked so are those of an interrupted taking.
    const bool is_free = holder == held.end() || holder->second == options.process_id;
    if (!is_free || account->ours || account->leaving || account->handing_over) {
      account->free_since.reset();
      continue;
    }
    if (!account->free_since) account->free_since = now;
    const bool is_late = now - *account->free_since >= longest_free;
    (is_late ? late : names).push_back(lease_of(id));
  }
  std::ranges::sort(names);
  const auto first = static_cast<std::ptrdiff_t>(names.size() * from / of);
  std::rotate(names.begin(), names.begin() + first, names.end());
  most = most > late.size() ? most - late.size() : 0;
  if (names.size() > most) names.resize(most);
  names.insert(names.end(), late.begin(), late.end());
  if (names.empty()) co_return;
  // In one order, so that two processes do not wait for each other.
  std::ranges::sort(names);
  const auto taken =
      co_await leases.take_all(std::move(names), options.process_id, until_given_back);
  const std::string_view prefix = accounts_prefix;
  for (const auto& name : taken) {
    auto* account = find(name.substr(prefix.size()));
    if (account) gain(*account, false);
  }
}

// First those that are not in IDLE, which lose nothing by it. None of which the others may not know
// yet: it would be watched by nobody.
void Watch::State::give_back(std::size_t count) {
  std::vector<std::string> ids;
  for (const bool waiting : {false, true}) {
    for (const auto& [id, account] : accounts) {
      if (ids.size() == count) break;
      if (!account->ours || account->leaving || account->waiting != waiting) continue;
      if (clock.steady_now() < account->known_to_all_at) continue;
      lose(*account);
      account->handing_over = true;
      ids.push_back(id);
    }
  }
  if (!ids.empty()) chores.spawn(hand_over(std::move(ids)));
}

// When the process ends.
Task<void> Watch::State::leave_to_others(std::vector<std::string> names) {
  if (!names.empty()) co_await leases.release_all(std::move(names), options.process_id);
  co_await leases.release(lease_of_process(options.process_id), options.process_id);
}

// Another process must not begin before ours has ended.
Task<void> Watch::State::hand_over(std::vector<std::string> ids) {
  std::vector<std::string> names;
  for (const auto& id : ids) {
    auto* account = find(id);
    if (account) co_await account->task.join();
    names.push_back(lease_of(id));
  }
  std::exception_ptr failure;
  try {
    co_await leases.release_all(std::move(names), options.process_id);
  } catch (const Error&) {
    failure = std::current_exception();  // they are then ours again, at a later round
  }
  for (const auto& id : ids) {
    auto* account = find(id);
    if (account) account->handing_over = false;
  }
  if (failure) std::rethrow_exception(failure);
}

void Watch::State::gain(Account& account, bool at_once) {
  if (account.ours || account.leaving) return;
  // Others may think by now that we have ended.
  if (clock.steady_now() >= alive_until) return;
  account.free_since.reset();
  account.ours = true;
  ++ours;
  // Accounts that will wait in IDLE begin now; the polls of the others are spread over the
  // interval.
  const bool now = at_once || ours <= options.max_waiting;
  const auto delay =
      now ? milliseconds{0} : phase(account.connection.id.str(), options.poll_interval);
  schedule(account, clock.steady_now() + delay);
  if (at_once) start_due();
}

void Watch::State::lose(Account& account) {
  if (!account.ours) return;
  account.ours = false;
  --ours;
  unschedule(account);
  log.info("mailbox_left_to_another_process", {{"connection_id", account.connection.id.str()}});
  account.task.cancel();
}

void Watch::State::lose_all() {
  if (ours == 0) return;
  for (const auto& [id, account] : accounts) lose(*account);
}

}  // namespace gmail_mcp::mail
