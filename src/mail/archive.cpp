#include "mail/archive.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/offload.h"
#include "base/text.h"
#include "mail/archive_entry.h"
#include "mail/message_reader.h"
#include "mime/html_text.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::int64_t removed_at_a_time = 200;
constexpr std::size_t most_shown = 100;
constexpr std::size_t most_shown_bytes = 4'000'000;
constexpr int most_overtakings = 5;
constexpr std::size_t snippet_bytes = 200;
// What does not change is said again after this.
constexpr std::chrono::hours silence_about_the_same{1};

model::Access access() { return model::Access::system("the archive"); }

std::size_t bytes_of(const model::Message& message) {
  return message.body_plain.size() + (message.body_html ? message.body_html->size() : 0);
}

std::size_t bytes_of(const Step& step) {
  std::size_t bytes = 0;
  // Most of it is HTML that becomes text.
  for (const auto& message : step.added) bytes += mime::html_weight * bytes_of(message);
  return bytes;
}

Error gone() { return {Errc::not_found, "The connection was removed while its mail was fetched."}; }

// The newest messages of a run, so many that whoever asked can be shown some.
class Newest {
 public:
  void add(const store::NewArchived& entry) { add(Shown{entry.archived, entry.spot.uid}); }
  void add(const Newest& others) {
    for (const auto& one : others.list_) add(one);
  }

  std::vector<model::ArchivedMessage> first(std::size_t count) const {
    std::vector<model::ArchivedMessage> some;
    for (std::size_t i = 0; i < std::min(count, list_.size()); ++i) {
      some.push_back(list_[i].archived);
    }
    return some;
  }

 private:
  struct Shown {
    model::ArchivedMessage archived;
    std::int64_t uid = 0;
  };

  void add(const Shown& shown) {
    const auto place = std::upper_bound(list_.begin(), list_.end(), shown, is_newer);
    if (place == list_.end() && (list_.size() >= most_shown || bytes_ > most_shown_bytes)) return;
    bytes_ += bytes_of(shown.archived.message);
    list_.insert(place, shown);
    while (list_.size() > most_shown || (list_.size() > 1 && bytes_ > most_shown_bytes)) {
      bytes_ -= bytes_of(list_.back().archived.message);
      list_.pop_back();
    }
  }

  // Of one second, what came later.
  static bool is_newer(const Shown& a, const Shown& b) {
    const auto date_a = a.archived.message.date;
    const auto date_b = b.archived.message.date;
    return date_a != date_b ? date_a > date_b : a.uid > b.uid;
  }

  std::vector<Shown> list_;
  std::size_t bytes_ = 0;
};

}  // namespace

struct Archive::State {
  State(store::Store& store, OpenFeed open, Tell tell, Clock& clock, Log& log, Options options)
      : store{store},
        open{std::move(open)},
        tell{std::move(tell)},
        clock{clock},
        log{log},
        options{std::move(options)},
        rereading{store, clock, log, this->options.work_pool, this->options.rereading} {}

  // One run for one connection, shared by its task and by those who wait for it.
  struct Flight {
    explicit Flight(const Executor& executor) : done{executor}, group{executor} {}

    Event done;
    TaskGroup group;
    std::exception_ptr failure;
    std::int64_t added = 0;
    Newest newest;
    bool is_complete = false;
    bool has_asked = false;      // the server; what came after that it may not have been told
    std::weak_ptr<Flight> next;  // of those who joined after that, as long as one of them waits
  };
  using Flights = std::map<model::ConnectionId, std::shared_ptr<Flight>>;
  struct Said {
    std::string sentence;
    Timestamp at;
  };

  store::Store& store;
  OpenFeed open;
  Tell tell;
  Clock& clock;
  Log& log;
  Options options;
  Rereading rereading;
  Flights flights;
  Flights rereadings;  // after a flight of their own feed, whose callers are answered
  std::map<model::ConnectionId, Said> said;  // of those of which something is stuck

  std::vector<std::shared_ptr<Flight>> board(const Executor& executor,
                                             model::Connection connection);
  void launch(std::shared_ptr<Flight> flight, model::Connection connection, Feed* feed);
  Task<void> fly(model::Connection connection, Feed* feed, std::shared_ptr<Flight> flight);
  Task<void> follow(const model::Connection& connection, Feed& feed, Flight& flight);
  Task<store::ArchiveState> begin(const model::Connection& connection);
  store::ArchiveStep prepare(const model::Connection& connection, Step step) const;
  void count(const model::Connection& connection, const store::ArchiveStep& step,
             const std::vector<model::MessageId>& added, Flight& flight) const;
  Task<void> find_gone(const model::ConnectionId& id, Step& step);
  Task<void> read_anew(model::Connection connection, Feed& feed);
  static Task<void> end(Flights& flights, const model::ConnectionId& id);
  // Mail that is older is not kept; nothing: all is.
  std::optional<Timestamp> oldest_kept(model::ConnectionKind kind) const;
  Task<void> expire(model::ConnectionId id, Timestamp oldest);
  Task<void> tidy(const model::Connection& connection);
  Task<void> complete(const model::Connection& connection, Feed& feed, Step& step);
  void report(const model::ConnectionId& id, const std::vector<std::string>& stuck);
};

Archive::Archive(store::Store& store, OpenFeed open, Tell tell, Clock& clock, Log& log,
                 Options options)
    : state_{std::make_unique<State>(store, std::move(open), std::move(tell), clock, log,
                                     std::move(options))} {}

Archive::~Archive() = default;

Task<Archive::Synced> Archive::sync(model::Connection connection, std::size_t show) {
  const auto executor = co_await current_executor();
  const auto flights = state_->board(executor, std::move(connection));
  const auto wait_for = [](std::vector<std::shared_ptr<State::Flight>> boarded) -> Task<void> {
    for (const auto& one : boarded) {
      co_await one->done.wait();
      if (one->failure) co_return;
    }
  };
  bool in_time = true;
  try {
    co_await with_deadline(state_->options.patience, wait_for(flights));
  } catch (const Error& error) {
    if (error.code != Errc::timeout) throw;
    in_time = false;
  }
  Synced synced;
  Newest newest;
  for (const auto& one : flights) {
    if (in_time && one->failure) std::rethrow_exception(one->failure);
    synced.added += one->added;
    synced.is_complete = one->is_complete;
    newest.add(one->newest);
  }
  synced.newest = newest.first(show);
  co_return synced;
}

Task<Archive::Synced> Archive::sync(model::Connection connection, Feed& feed, std::size_t show) {
  auto& state = *state_;
  for (;;) {
    const auto known = state.flights.find(connection.id);
    if (known == state.flights.end()) break;
    const auto other = known->second;
    co_await other->done.wait();
  }
  const auto executor = co_await current_executor();
  const auto flight = std::make_shared<State::Flight>(executor);
  state.launch(flight, connection, &feed);
  std::exception_ptr left;
  try {
    co_await flight->done.wait();
  } catch (...) {
    left = std::current_exception();
  }
  // The run borrows the feed.
  flight->group.cancel();
  co_await flight->group.join();
  if (left) std::rethrow_exception(left);
  if (flight->failure) std::rethrow_exception(flight->failure);
  co_await state.read_anew(std::move(connection), feed);
  co_return Synced{.added = flight->added,
                   .newest = flight->newest.first(show),
                   .is_complete = flight->is_complete};
}

// What answers a question asked now: a run, or the rest of one that has asked the server already
// and then the next.
std::vector<std::shared_ptr<Archive::State::Flight>> Archive::State::board(
    const Executor& executor, model::Connection connection) {
  const auto known = flights.find(connection.id);
  if (known == flights.end()) {
    auto flight = std::make_shared<Flight>(executor);
    launch(flight, std::move(connection), nullptr);
    return {std::move(flight)};
  }
  const auto flight = known->second;
  if (!flight->has_asked) return {flight};
  auto next = flight->next.lock();
  if (!next) next = std::make_shared<Flight>(executor);
  flight->next = next;
  return {flight, std::move(next)};
}

void Archive::State::launch(std::shared_ptr<Flight> flight, model::Connection connection,
                            Feed* feed) {
  flights[connection.id] = flight;
  flight->group.spawn(fly(std::move(connection), feed, flight));
}

Task<void> Archive::State::fly(model::Connection connection, Feed* feed,
                               std::shared_ptr<Flight> flight) {
  std::unique_ptr<Feed> opened;
  try {
    if (feed == nullptr) {
      opened = open(connection, FeedUse::look_in);
      feed = opened.get();
    }
    co_await follow(connection, *feed, *flight);
  } catch (const Error&) {
    flight->failure = std::current_exception();
  } catch (const std::exception&) {
    // Cancelled: whoever shares this run has to ask again.
    const Error stopped{Errc::unavailable, "Fetching mail was stopped.", "Try again in a moment."};
    flight->failure = std::make_exception_ptr(stopped);
  }
  const auto known = flights.find(connection.id);
  if (known != flights.end() && known->second == flight) flights.erase(known);
  const auto next = flight->failure ? nullptr : flight->next.lock();
  if (next) launch(next, connection, nullptr);
  const bool may_go_on = opened && !flight->failure && !next && !rereadings.contains(connection.id);
  if (may_go_on) rereadings.emplace(connection.id, flight);
  flight->done.set();
  if (!may_go_on) co_return;
  const auto id = connection.id;
  try {
    co_await read_anew(std::move(connection), *opened);
    co_await opened->rest();
  } catch (const std::exception&) {
    // Cancelled, or failed and logged: a later sync goes on.
  }
  rereadings.erase(id);
}

Task<void> Archive::State::read_anew(model::Connection connection, Feed& feed) {
  MailboxNews news;
  news.connection = connection.id;
  auto correspondents = co_await rereading.go_on(std::move(connection), feed);
  if (correspondents.empty() || !tell) co_return;
  std::sort(correspondents.begin(), correspondents.end());
  correspondents.erase(std::unique(correspondents.begin(), correspondents.end()),
                       correspondents.end());
  news.correspondents = std::move(correspondents);
  tell(news);
}

Task<store::ArchiveState> Archive::State::begin(const model::Connection& connection) {
  const auto& id = connection.id;
  auto state = co_await store.archive().state(access(), id);
  if (state && state->is_remnant) {
    // The account was added again. A walk would bring what is missing, and keep what is gone.
    bool more = true;
    while (more) more = co_await store.archive().erase(access(), id, removed_at_a_time);
    state.reset();
  }
  if (!state) {
    const bool begun = co_await store.archive().begin(access(), id, connection.kind);
    if (!begun) throw gone();
    state = co_await store.archive().state(access(), id);
  }
  if (!state) throw gone();
  co_return std::move(*state);
}

Task<void> Archive::State::follow(const model::Connection& connection, Feed& feed, Flight& flight) {
  auto seen = co_await begin(connection);
  // A process that died between a walk and its sweep.
  if (seen.is_walking) co_await tidy(connection);
  int overtaken = 0;
  for (;;) {
    flight.has_asked = true;
    auto step = co_await feed.next(seen.cursor, options.step);
    co_await complete(connection, feed, step);
    co_await find_gone(connection.id, step);
    if (step.is_last || !step.stuck.empty()) report(connection.id, step.stuck);
    const bool is_last = step.is_last;
    const auto cursor = step.cursor;
    const auto bytes = bytes_of(step);
    auto work = [&] { return prepare(connection, std::move(step)); };
    auto prepared = co_await offload(options.work_pool, bytes, work);
    const auto done = co_await store.archive().commit(access(), connection.id, seen, prepared);
    if (!done.is_stored) {
      // Another process follows this mailbox too: go on from where it is.
      if (++overtaken == most_overtakings) co_return;
      auto state = co_await store.archive().state(access(), connection.id);
      if (!state) throw gone();
      seen = std::move(*state);
      continue;
    }
    overtaken = 0;
    count(connection, prepared, done.added, flight);
    if (is_last) break;
    if (cursor == seen.cursor) {
      throw Error{Errc::unavailable, "The mail server does not get on with its answers.",
                  "Try again later."};
    }
    auto state = co_await store.archive().state(access(), connection.id);
    if (!state) throw gone();
    seen = std::move(*state);
  }
  co_await tidy(connection);
  flight.is_complete = true;
}

// A walk that asks what is still there also shows what is not here: it comes with the next steps.
Task<void> Archive::State::complete(const model::Connection& connection, Feed& feed, Step& step) {
  const auto oldest = oldest_kept(connection.kind).value_or(Timestamp::min());
  std::vector<model::MessageId> seen;
  for (const auto& one : step.relabelled) {
    if (one.date && *one.date >= oldest) seen.push_back(one.id);
  }
  if (seen.empty()) co_return;
  const auto absent = co_await store.archive().absent(access(), connection.id, std::move(seen));
  if (absent.empty()) co_return;
  auto cursor = feed.lacks(absent);
  if (!cursor) co_return;
  step.cursor = std::move(*cursor);
  step.is_last = false;
}

// What is gone from a folder, and did not turn up in another.
Task<void> Archive::State::find_gone(const model::ConnectionId& id, Step& step) {
  if (step.present.empty()) co_return;
  std::set<model::MessageId> brought;
  for (const auto& one : step.added) brought.insert(one.id);
  for (const auto& one : step.relabelled) brought.insert(one.id);
  for (auto& present : step.present) {
    const auto gone = co_await store.archive().gone(access(), id, std::move(present));
    for (const auto& one : gone) {
      if (brought.insert(one).second) step.removed.push_back(one);
    }
  }
}

void Archive::State::report(const model::ConnectionId& id, const std::vector<std::string>& stuck) {
  std::string sentence;
  for (const auto& one : stuck) sentence += (sentence.empty() ? "" : " ") + one;
  if (options.tell_stuck) options.tell_stuck(id, sentence);
  if (sentence.empty()) {
    if (said.erase(id) > 0) log.info("archive_misses_nothing_now", {{"connection_id", id.str()}});
    return;
  }
  auto& last = said[id];
  const auto now = clock.now();
  if (last.sentence == sentence && now - last.at < silence_about_the_same) return;
  last = {.sentence = sentence, .at = now};
  log.warning("archive_misses_mail", {{"connection_id", id.str()}, {"problem", sentence}});
}

store::ArchiveStep Archive::State::prepare(const model::Connection& connection, Step step) const {
  store::ArchiveStep prepared;
  const auto oldest = oldest_kept(connection.kind).value_or(Timestamp::min());
  const auto spot_of = [&](const model::MessageId& id) {
    const auto at = step.spots.find(id.str());
    return at == step.spots.end() ? store::Spot{} : at->second;
  };
  for (auto& message : step.added) {
    if (message.date < oldest) continue;
    const auto spot = spot_of(message.id);
    prepared.added.push_back(to_entry(std::move(message), connection.gmail_address));
    prepared.added.back().spot = spot;
  }
  for (auto& one : step.relabelled) {
    auto spot = spot_of(one.id);
    prepared.relabelled.push_back({std::move(one.id), std::move(one.labels), std::move(spot)});
  }
  prepared.removed = std::move(step.removed);
  prepared.cursor = std::move(step.cursor);
  prepared.begins_walk = step.restarts;
  prepared.ends = step.is_last;
  prepared.spares = step.spares;
  return prepared;
}

// After it is durable: what is new, for those who wait and for those who subscribed.
void Archive::State::count(const model::Connection& connection, const store::ArchiveStep& step,
                           const std::vector<model::MessageId>& added, Flight& flight) const {
  const std::set<model::MessageId> fresh(added.begin(), added.end());
  std::set<std::string> correspondents;
  MailboxNews news;
  for (const auto& one : step.added) {
    if (!fresh.contains(one.archived.message.id)) continue;
    if (!model::is_shown(one.archived.message.labels)) continue;
    ++news.added;
    flight.newest.add(one);
    for (const auto& mailbox : one.correspondents) correspondents.insert(mailbox.email);
  }
  flight.added += news.added;
  if (news.added == 0 && step.removed.empty() && step.relabelled.empty()) return;
  news.connection = connection.id;
  news.correspondents.assign(correspondents.begin(), correspondents.end());
  if (tell) tell(news);
}

std::optional<Timestamp> Archive::State::oldest_kept(model::ConnectionKind kind) const {
  const bool is_oauth = kind == model::ConnectionKind::oauth;
  const auto days = is_oauth ? options.oauth_retention : options.retention;
  if (days.count() == 0) return std::nullopt;
  return clock.now() - days;
}

Task<void> Archive::State::expire(model::ConnectionId id, Timestamp oldest) {
  bool more = true;
  while (more) {
    more = co_await store.archive().expire(access(), id, oldest, removed_at_a_time);
  }
}

Task<void> Archive::State::tidy(const model::Connection& connection) {
  bool more = true;
  while (more) {
    more = co_await store.archive().sweep(access(), connection.id, removed_at_a_time);
  }
  const auto oldest = oldest_kept(connection.kind);
  if (oldest) co_await expire(connection.id, *oldest);
}

Task<void> Archive::note_sent(model::Connection connection, model::Message message) {
  auto entry = to_entry(std::move(message), connection.gmail_address);
  entry.archived.direction = model::Direction::sent;
  MailboxNews news;
  news.connection = connection.id;
  news.added = 1;
  for (const auto& one : entry.correspondents) news.correspondents.push_back(one.email);
  const bool noted =
      co_await state_->store.archive().note(access(), connection.id, std::move(entry));
  if (noted && state_->tell) state_->tell(news);
}

Task<std::optional<model::Message>> Archive::read_sent(model::Connection connection,
                                                       const std::string& rfc822) {
  const auto archived = co_await state_->store.archive().state(access(), connection.id);
  if (!archived) co_return std::nullopt;
  auto work = [&rfc822]() -> std::optional<model::Message> {
    const auto root = mime::read_message(rfc822);
    return root ? std::optional{read_message(*root)} : std::nullopt;
  };
  co_return co_await offload(state_->options.work_pool, rfc822.size(), work);
}

Task<void> Archive::note_sent(model::Connection connection, model::Sent sent,
                              model::Message message) {
  if (sent.message_id) message.id = std::move(*sent.message_id);
  if (sent.thread_id) message.thread_id = std::move(*sent.thread_id);
  message.date = state_->clock.now();
  message.snippet = trim(utf8_prefix(trim(message.body_plain), snippet_bytes));
  message.labels = {"SENT"};
  co_await note_sent(std::move(connection), std::move(message));
}

Task<void> Archive::State::end(Flights& flights, const model::ConnectionId& id) {
  // As it ends it may launch the next.
  for (auto known = flights.find(id); known != flights.end(); known = flights.find(id)) {
    const auto flight = known->second;
    flight->group.cancel();
    co_await flight->group.join();
  }
}

Task<void> Archive::stop(model::ConnectionId connection) {
  state_->said.erase(connection);
  co_await State::end(state_->flights, connection);
  co_await State::end(state_->rereadings, connection);
  state_->rereading.forget(connection);
}

Task<void> Archive::erase(model::ConnectionId connection) {
  co_await stop(connection);
  bool more = true;
  while (more) {
    more = co_await state_->store.archive().erase(access(), connection, removed_at_a_time);
  }
}

Task<void> Archive::expire(std::int64_t most) {
  for (const auto kind : {model::ConnectionKind::app_password, model::ConnectionKind::oauth}) {
    const auto oldest = state_->oldest_kept(kind);
    if (!oldest) continue;
    const auto late = co_await state_->store.archive().overdue(access(), kind, *oldest, most);
    for (const auto& id : late) co_await state_->expire(id, *oldest);
  }
}

Task<void> Archive::scrub(bool single_messages) {
  if (single_messages) co_await state_->store.archive().scrub_removed(access());
  bool more = true;
  while (more) more = co_await state_->store.archive().scrub(access());
}

Task<void> Archive::drain() {
  // Each takes itself out, and may launch the next as it ends.
  while (!state_->flights.empty() || !state_->rereadings.empty()) {
    std::vector<std::shared_ptr<State::Flight>> all;
    for (const auto* flights : {&state_->flights, &state_->rereadings}) {
      for (const auto& [id, flight] : *flights) all.push_back(flight);
    }
    for (const auto& flight : all) flight->group.cancel();
    for (const auto& flight : all) co_await flight->group.join();
  }
}

}  // namespace gmail_mcp::mail
