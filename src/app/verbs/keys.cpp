#include <algorithm>
#include <iostream>

#include "accounts/key_rotation.h"
#include "accounts/seals.h"
#include "app/start.h"
#include "app/verbs/all.h"
#include "operation/own_work.h"

namespace gmail_mcp::app {

namespace {

constexpr std::chrono::seconds between_reports{1};

crypto::KeyRing ring_of(const Program& program) {
  return crypto::KeyRing::parse(program.settings().all_keys()).value();
}

Task<accounts::KeyRotation> rotated(Program& program, const crypto::KeyRing& keys) {
  auto said_at = program.clock().steady_now();
  std::function<void(const accounts::KeyRotation&)> tell =
      [&](const accounts::KeyRotation& so_far) {
        const auto now = program.clock().steady_now();
        if (now - said_at < between_reports) return;
        said_at = now;
        std::cerr << "so far: " << so_far.seen << " looked at, " << so_far.resealed
                  << " sealed anew\n";
      };
  std::function<Task<accounts::KeyRotation>(operation::Call&)> rotate = [&](operation::Call&) {
    return accounts::rotate_keys(*program.store(), keys, tell);
  };
  co_return co_await operation::run_own(program.services(), "keys_rotate",
                                        model::CallerKind::operator_, "command line",
                                        std::move(rotate));
}

// Says what is left to do before an older key can go. Returns the exit status.
int judge_rotation(const accounts::KeyRotation& done, const accounts::Seals& left) {
  std::cout << "Sealed anew with the current key: " << done.resealed << " of " << done.seen
            << ".\n";
  const auto under_older =
      left.by_key.empty() ? 0 : left.all() - left.by_none - left.by_key.front();
  if (under_older > 0) {
    std::cerr << "Of all connections " << under_older
              << " need an older key again: a server still seals with it. Restart every server "
                 "with the new key in front, then run this again.\n";
  }
  if (left.by_none > 0) std::cerr << left.complaint() << '\n';
  return under_older > 0 || left.by_none > 0 ? 1 : 0;
}

Task<int> rotate_in(Program& program) {
  program.ready();
  const auto keys = ring_of(program);
  const auto done = co_await rotated(program, keys);
  const auto left = co_await accounts::count_all_seals(*program.store(), keys);
  co_return judge_rotation(done, left);
}

Task<int> list_in(Program& program) {
  program.ready();
  const auto keys = ring_of(program);
  const auto seals = co_await accounts::count_all_seals(*program.store(), keys);
  const auto names = keys.fingerprints();
  std::vector<std::vector<std::string>> rows{{"KEY", "PLACE", "CONNECTIONS"}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto opened = i < seals.by_key.size() ? seals.by_key[i] : 0;
    rows.push_back(
        {names[i], i == 0 ? "current" : "previous " + std::to_string(i), std::to_string(opened)});
  }
  if (seals.by_none > 0) rows.push_back({"none", "", std::to_string(seals.by_none)});
  print_rows(rows);
  co_return 0;
}

int in_keys(const Words& words, Task<int> (*work)(Program&)) {
  Start start{words};
  return in_program(start, [&](Program& program) { return work(program); });
}

}  // namespace

std::vector<Verb> verbs::keys() {
  return {{.path = "keys", .help = "See and change the encryption keys in use"},
          {.path = "keys list",
           .help = "Each key by its fingerprint, and how many connections need it",
           .run = [](const Words& words) { return in_keys(words, list_in); }},
          {.path = "keys rotate",
           .help = "Seal everything anew with the current key, while servers run",
           .run = [](const Words& words) { return in_keys(words, rotate_in); }}};
}

}  // namespace gmail_mcp::app
