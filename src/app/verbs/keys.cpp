#include <algorithm>
#include <iostream>
#include <numeric>

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

// Of the ids of sessions only their clients have the text, so nothing can seal them anew.
Task<std::vector<std::int64_t>> sessions_by_key(Program& program, const crypto::KeyRing& keys) {
  const auto counts = co_await program.store()->mcp_sessions().counts_by_key();
  std::vector<std::int64_t> by_key;
  for (const auto& name : keys.fingerprints()) {
    const auto found = counts.find(name);
    by_key.push_back(found == counts.end() ? 0 : found->second);
  }
  co_return by_key;
}

Task<void> tell_of_sessions(Program& program, const crypto::KeyRing& keys) {
  const auto by_key = co_await sessions_by_key(program, keys);
  const auto older = std::accumulate(by_key.begin() + 1, by_key.end(), std::int64_t{0});
  if (by_key.size() < 2) co_return;
  std::cout << "Sessions of MCP clients that need an older key: " << older
            << ", and those that were used on one day only. Removing the key ends them: their "
               "clients have to connect anew. 30 days after the new key came, none is left that is "
               "not in use.\n";
}

// Which key opens what a program was given is known to the program alone.
Task<void> tell_of_sign_ins(Program& program, const crypto::KeyRing& keys) {
  if (keys.fingerprints().size() < 2) co_return;
  const auto access = model::Access::system("sign-ins under older keys");
  const auto any = co_await program.store()->client_grants().list(access, 1);
  if (any.empty() && !program.settings().server.sign_in.enabled) co_return;
  std::cout
      << "Sign-ins with Google: a program that registered before the new key came is unknown "
         "once the older key is removed, and has to register and let its people sign in "
         "again. Of one that publishes its metadata only those sign-ins end whose tokens were "
         "not refreshed since.\n";
}

Task<int> rotate_in(Program& program) {
  program.ready();
  const auto keys = ring_of(program);
  const auto done = co_await rotated(program, keys);
  const auto left = co_await accounts::count_all_seals(*program.store(), keys);
  const int status = judge_rotation(done, left);
  co_await tell_of_sessions(program, keys);
  co_await tell_of_sign_ins(program, keys);
  co_return status;
}

Task<int> list_in(Program& program) {
  program.ready();
  const auto keys = ring_of(program);
  const auto seals = co_await accounts::count_all_seals(*program.store(), keys);
  const auto names = keys.fingerprints();
  const auto sessions = co_await sessions_by_key(program, keys);
  std::vector<std::vector<std::string>> rows{{"KEY", "PLACE", "CONNECTIONS", "SESSIONS"}};
  for (std::size_t i = 0; i < names.size(); ++i) {
    const auto opened = i < seals.by_key.size() ? seals.by_key[i] : 0;
    rows.push_back({names[i], i == 0 ? "current" : "previous " + std::to_string(i),
                    std::to_string(opened), std::to_string(sessions[i])});
  }
  if (seals.by_none > 0) rows.push_back({"none", "", std::to_string(seals.by_none), ""});
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
           .help = "Each key by its fingerprint, and how many connections and sessions need it",
           .run = [](const Words& words) { return in_keys(words, list_in); }},
          {.path = "keys rotate",
           .help = "Seal everything anew with the current key, while servers run",
           .run = [](const Words& words) { return in_keys(words, rotate_in); }}};
}

}  // namespace gmail_mcp::app
