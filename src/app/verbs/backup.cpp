#include "backup/backup.h"

#include <iostream>

#include "app/start.h"
#include "app/verbs/all.h"
#include "setup/report.h"
#include "store/open.h"

namespace gmail_mcp::app {

namespace {

constexpr std::chrono::seconds between_signs{1};

// On stderr, once a second at most.
backup::Progress tell_progress(Clock& clock) {
  return [&clock, said_at = clock.steady_now()](std::string_view table, std::int64_t rows) mutable {
    const auto now = clock.steady_now();
    if (now - said_at < between_signs) return;
    said_at = now;
    std::cerr << "so far: " << table << " " << rows << '\n';
  };
}

void print_counts(const store::DumpCounts& counts) {
  std::vector<std::vector<std::string>> rows;
  for (const auto& table : store::dumped_tables()) {
    const auto found = counts.find(table.name);
    if (found != counts.end()) rows.push_back({found->first, std::to_string(found->second)});
  }
  print_rows(rows);
}

// What both verbs begin with. Throws what is missing in the settings.
struct Place {
  explicit Place(const Start& start)
      : settings{start.loaded.settings}, keys{own_keys(start)}, where{settings.storage.where()} {
    refuse_sandbox_database(settings);
  }

  static crypto::KeyRing own_keys(const Start& start) {
    if (const auto missing = setup::incomplete(setup::judge(start.loaded))) throw Error{*missing};
    return crypto::KeyRing::parse(start.loaded.settings.all_keys()).value();
  }

  const setup::Settings& settings;
  crypto::KeyRing keys;
  Result<store::Where> where;
};

Task<backup::Made> make_backup(store::Where where, const crypto::KeyRing& keys, std::string file,
                               Clock& clock, Log& log) {
  const auto look = co_await store::look_at(where, clock, log);
  if (look.plan.applied.empty()) {
    throw Error{Errc::misconfigured, "There is no database to back up.",
                "Check storage.sqlite.path, or DATABASE_URL."};
  }
  if (!look.plan.pending.empty()) {
    throw Error{Errc::misconfigured, "The database is older than this version of the program.",
                "Run `gmail-mcp migrate` first, or back it up with the version that made it."};
  }
  const store::OpenOptions options;
  const auto store = co_await store::open(std::move(where), clock, log, options);
  co_await store::refuse_half_restored(*store);
  co_return co_await backup::make(*store, keys, std::move(file), clock.now(), tell_progress(clock));
}

int run_backup(const Words& words) {
  Start start{words};
  const Place place{start};
  boost::asio::io_context loop{1};
  const auto made = run_to_end(loop, make_backup(place.where.value(), place.keys,
                                                 words.text("file"), start.clock, *start.log));
  print_counts(made.counts);
  std::cout << "Backed up into " << words.text("file") << ", " << made.bytes
            << " bytes, under the key " << place.keys.fingerprints().front() << ".\n";
  if (!made.is_of_one_moment && made.left_out > 0) {
    std::cerr << made.left_out << " rows that came while it was made are left out.\n";
  }
  return 0;
}

Task<backup::Contents> restore_backup(store::Where where, const crypto::KeyRing& keys,
                                      std::string file, Clock& clock, Log& log) {
  // Before anything is made at the place.
  backup::verify(file, keys);
  const store::OpenOptions options;
  const auto store = co_await store::open(std::move(where), clock, log, options);
  co_await store->migrate();
  co_return co_await backup::restore(*store, keys, std::move(file), tell_progress(clock));
}

int run_restore(const Words& words) {
  Start start{words};
  const Place place{start};
  boost::asio::io_context loop{1};
  const auto restored = run_to_end(
      loop,
      restore_backup(place.where.value(), place.keys, words.text("file"), start.clock, *start.log));
  print_counts(restored.counts);
  std::cout << "Restored what was backed up at " << restored.made_at
            << "; the database holds as many rows as the backup.\n";
  return 0;
}

}  // namespace

Verb verbs::backup() {
  return {.path = "backup",
          .help = "Write everything that is stored into one file, while servers run",
          .options = {required("file", "The new file")},
          .run = run_backup};
}

Verb verbs::restore() {
  return {.path = "restore",
          .help = "Put a backup into an empty database, of whichever engine",
          .options = {required("file", "A file that `gmail-mcp backup` has written")},
          .run = run_restore};
}

}  // namespace gmail_mcp::app
