#include "mail/archive.h"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "base/offload.h"
#include "base/shared_work.h"
#include "base/text.h"
#include "mail/archive_entry.h"
#include "mail/archive_newest.h"
#include "mail/message_reader.h"
#include "mime/html_text.h"
#include "mime/reader.h"

namespace gmail_mcp::mail {

namespace {

constexpr std::int64_t removed_at_a_time = 200;
constexpr int most_overtakings = 5;
constexpr std::size_t snippet_bytes = 200;
// An unchanged problem is logged again after this time.
constexpr std::chrono::hours silence_about_the_same{1};

model::Access access() { return model::Access::system("the archive"); }

std::size_t bytes_of(const Step& step) {
  std::size_t bytes = 0;
  // Most of the work is turning HTML into text.
  for (const auto& message : step.added) bytes += mime::html_weight * text_bytes(message);
  return bytes;
}

Error gone() { return {Errc::not_found, "The connection was removed while its mail was fetched."}; }

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

  // One run for one connection, shared by the waiting callers.
  struct Run {
    explicit Run(const Executor& executor)
        : executor{executor},
          group{executor},
          work{executor},
          brought{std::make_shared<Steps>(executor)} {}

    Executor executor;
    TaskGroup group;
    SharedWork<void> work;           // in the group
    std::shared_ptr<Steps> brought;  // messages, shown or not
    std::int64_t added = 0;
    Newest newest;
    bool is_complete = false;
    bool has_asked = false;   // has asked the server, so it may miss mail that comes now
    std::weak_ptr<Run> next;  // for callers who came after that, as long as one of them waits
  };
  using Runs = std::vector<std::shared_ptr<Run>>;
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
  std::map<model::ConnectionId, std::shared_ptr<Run>> runs;
  // These follow a run on its feed, after its callers were answered.
  std::map<model::ConnectionId, std::shared_ptr<TaskGroup>> rereadings;
  std::map<model::ConnectionId, Said> said;  // for connections with stuck messages

  Runs join(const Executor& executor, model::Connection connection);
  void begin(const std::shared_ptr<Run>& run, model::Connection connection, Feed* feed);
  Task<void> fetch(model::Connection connection, Feed* feed, std::shared_ptr<Run> run);
  Task<void> follow(const model::Connection& connection, Feed& feed, Run& run);
  Task<store::ArchiveState> archive_of(const model::Connection& connection);
  store::ArchiveStep prepare(const model::Connection& connection, Step step) const;
  void count(const model::Connection& connection, const store::ArchiveStep& step,
             const std::vector<model::MessageId>& added, Run& run) const;
  Task<void> find_gone(const model::ConnectionId& id, Step& step);
  Task<void> read_anew(model::Connection connection, Feed& feed);
  Task<void> read_behind(model::Connection connection, std::unique_ptr<Feed> feed);
  std::vector<std::shared_ptr<TaskGroup>> tasks_of(const model::ConnectionId* only) const;
  Task<void> end(const model::ConnectionId* only);
  // Older mail is not kept; nullopt: all mail is.
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
  return sync(std::move(connection), show, TellSteps{});
}

Task<Archive::Synced> Archive::sync(model::Connection connection, std::size_t show,
                                    TellSteps tell) {
  const auto executor = co_await current_executor();
  const auto runs = state_->join(executor, std::move(connection));
  const auto wait_for = [](State::Runs all, TellSteps tell_sum) -> Task<void> {
    std::int64_t before = 0;
    for (const auto& run : all) {
      TellSteps tell_run;
      if (tell_sum) {
        tell_run = [&tell_sum, before](std::int64_t done) { return tell_sum(before + done); };
      }
      co_await while_telling(run->brought, std::move(tell_run), run->work.over());
      if (run->work.has_failed()) co_return;
      before += run->brought->done();
    }
  };
  bool in_time = true;
  try {
    co_await with_deadline(state_->options.patience, wait_for(runs, std::move(tell)));
  } catch (const Error& error) {
    if (error.code != Errc::timeout) throw;
    in_time = false;
  }
  Synced synced;
  Newest newest;
  for (const auto& run : runs) {
    if (in_time) run->work.result();
    synced.added += run->added;
    synced.is_complete = run->is_complete;
    newest.add(run->newest);
  }
  synced.newest = newest.first(show);
  co_return synced;
}

Task<Archive::Synced> Archive::sync(model::Connection connection, Feed& feed, std::size_t show) {
  auto& state = *state_;
  for (;;) {
    const auto other = state.runs.find(connection.id);
    if (other == state.runs.end()) break;
    co_await other->second->work.over();
  }
  const auto executor = co_await current_executor();
  const auto run = std::make_shared<State::Run>(executor);
  state.begin(run, connection, &feed);
  std::exception_ptr left;
  try {
    co_await run->work.over();
  } catch (...) {
    left = std::current_exception();
  }
  // The run borrows the feed.
  run->group.cancel();
  co_await run->group.join();
  if (left) std::rethrow_exception(left);
  run->work.result();
  co_await state.read_anew(std::move(connection), feed);
  co_return Synced{
      .added = run->added, .newest = run->newest.first(show), .is_complete = run->is_complete};
}

// The runs that a caller has to wait for now: one, or, if that has already asked the server, that
// one and the next.
Archive::State::Runs Archive::State::join(const Executor& executor, model::Connection connection) {
  const auto known = runs.find(connection.id);
  if (known == runs.end()) {
    auto run = std::make_shared<Run>(executor);
    begin(run, std::move(connection), nullptr);
    return {std::move(run)};
  }
  const auto run = known->second;
  if (!run->has_asked) return {run};
  auto next = run->next.lock();
  if (!next) next = std::make_shared<Run>(executor);
  run->next = next;
  return {run, std::move(next)};
}

void Archive::State::begin(const std::shared_ptr<Run>& run, model::Connection connection,
                           Feed* feed) {
  runs[connection.id] = run;
  run->work.begin(run->group, fetch(std::move(connection), feed, run));
}

Task<void> Archive::State::fetch(model::Connection connection, Feed* feed,
                                 std::shared_ptr<Run> run) {
  std::unique_ptr<Feed> opened;
  std::optional<Error> failure;
  try {
    if (feed == nullptr) {
      opened = open(connection, FeedUse::look_in);
      feed = opened.get();
    }
    co_await follow(connection, *feed, *run);
  } catch (const Error& error) {
    failure = error;
  } catch (const std::exception&) {
    // Cancelled: callers who share this run have to ask again.
    failure = Error{Errc::unavailable, "Fetching mail was stopped.", "Try again in a moment."};
  }
  runs.erase(connection.id);
  if (failure) throw Error{*failure};
  if (const auto next = run->next.lock()) {
    begin(next, std::move(connection), nullptr);
  } else if (opened && !rereadings.contains(connection.id)) {
    auto behind = std::make_shared<TaskGroup>(run->executor);
    rereadings.emplace(connection.id, behind);
    behind->spawn(read_behind(std::move(connection), std::move(opened)));
  }
}

Task<void> Archive::State::read_behind(model::Connection connection, std::unique_ptr<Feed> feed) {
  const auto id = connection.id;
  try {
    co_await read_anew(std::move(connection), *feed);
    co_await feed->rest();
  } catch (const std::exception&) {
    // Cancelled, or failed and logged: a later sync continues.
  }
  rereadings.erase(id);
}

Task<void> Archive::State::read_anew(model::Connection connection, Feed& feed) {
  model::MailboxNews news;
  news.connection = connection.id;
  auto correspondents = co_await rereading.go_on(std::move(connection), feed);
  if (correspondents.empty() || !tell) co_return;
  std::sort(correspondents.begin(), correspondents.end());
  correspondents.erase(std::unique(correspondents.begin(), correspondents.end()),
                       correspondents.end());
  news.correspondents = std::move(correspondents);
  tell(news);
  co_await store.news().tell(std::move(news));
}

Task<store::ArchiveState> Archive::State::archive_of(const model::Connection& connection) {
  const auto& id = connection.id;
  auto state = co_await store.archive().state(access(), id);
  if (state && state->is_remnant) {
    // The account was added again. A walk would bring missing messages, but keep those that are
    // gone.
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

Task<void> Archive::State::follow(const model::Connection& connection, Feed& feed, Run& run) {
  auto seen = co_await archive_of(connection);
  // A process died between a walk and its sweep.
  if (seen.is_walking) co_await tidy(connection);
  int overtaken = 0;
  for (;;) {
    run.has_asked = true;
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
      // Another process follows this mailbox too: continue from its place.
      if (++overtaken == most_overtakings) co_return;
      auto state = co_await store.archive().state(access(), connection.id);
      if (!state) throw gone();
      seen = std::move(*state);
      continue;
    }
    overtaken = 0;
    count(connection, prepared, done.added, run);
    run.brought->add(static_cast<std::int64_t>(prepared.added.size()));
    if (is_last) break;
    if (cursor == seen.cursor) {
      throw Error{Errc::unavailable, "The mail server's answers make no progress.",
                  "Try again later."};
    }
    auto state = co_await store.archive().state(access(), connection.id);
    if (!state) throw gone();
    seen = std::move(*state);
  }
  co_await tidy(connection);
  run.is_complete = true;
}

// A walk that checks which messages still exist also shows which are missing here: the next steps
// bring those.
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

// Finds messages that have left a folder and did not appear in another.
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

// After it is durable: reports the news to waiting callers and to the subscribers of this process.
// The store has written it for those of others.
void Archive::State::count(const model::Connection& connection, const store::ArchiveStep& step,
                           const std::vector<model::MessageId>& added, Run& run) const {
  const std::set<model::MessageId> fresh(added.begin(), added.end());
  for (const auto& one : step.added) {
    const auto& message = one.archived.message;
    if (fresh.contains(message.id) && model::is_shown(message.labels)) run.newest.add(one);
  }
  const auto news = store::news_of(connection.id, step, added);
  if (!news) return;
  run.added += news->added;
  if (tell) tell(*news);
}

std::optional<Timestamp> Archive::State::oldest_kept(model::ConnectionKind kind) const {
  const auto days = model::facts_of(kind).by_consent ? options.oauth_retention : options.retention;
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
  model::MailboxNews news;
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

std::vector<std::shared_ptr<TaskGroup>> Archive::State::tasks_of(
    const model::ConnectionId* only) const {
  std::vector<std::shared_ptr<TaskGroup>> groups;
  for (const auto& [id, run] : runs) {
    if (only == nullptr || id == *only) groups.emplace_back(run, &run->group);
  }
  for (const auto& [id, group] : rereadings) {
    if (only == nullptr || id == *only) groups.push_back(group);
  }
  return groups;
}

Task<void> Archive::State::end(const model::ConnectionId* only) {
  // The end of one run may begin the next.
  for (auto groups = tasks_of(only); !groups.empty(); groups = tasks_of(only)) {
    for (const auto& group : groups) group->cancel();
    for (const auto& group : groups) co_await group->join();
  }
}

Task<void> Archive::stop(model::ConnectionId connection) {
  state_->said.erase(connection);
  co_await state_->end(&connection);
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
  for (const auto& row : model::connection_kinds()) {
    const auto oldest = state_->oldest_kept(row.kind);
    if (!oldest) continue;
    const auto late = co_await state_->store.archive().overdue(access(), row.kind, *oldest, most);
    for (const auto& id : late) co_await state_->expire(id, *oldest);
  }
}

Task<void> Archive::scrub(bool single_messages) {
  if (single_messages) co_await state_->store.archive().scrub_removed(access());
  bool more = true;
  while (more) more = co_await state_->store.archive().scrub(access());
}

Task<void> Archive::drain() { co_await state_->end(nullptr); }

}  // namespace gmail_mcp::mail
