#include "app/measures.h"

#include <fstream>

#include "gmail_mcp_version.h"

namespace gmail_mcp::app {

namespace {

// Pages of memory that are resident: the second number of /proc/self/statm (proc(5)).
double resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  double size = 0;
  double resident = 0;
  statm >> size >> resident;
  return resident * 4096;
}

double seconds_since_epoch(Timestamp time) {
  return std::chrono::duration<double>(time.time_since_epoch()).count();
}

}  // namespace

void measure_program(Meter& meter, const Clock& clock) {
  using Kind = Meter::Kind;
  meter.ask(Kind::gauge, "gmail_mcp_build_info", "The version that runs; always 1.",
            {{"version", std::string{version}}, {"compiler", __VERSION__}}, [] { return 1.0; });
  const double started = seconds_since_epoch(clock.now());
  meter.ask(Kind::gauge, "process_start_time_seconds", "When the program started, since 1970.", {},
            [started] { return started; });
  meter.ask(Kind::gauge, "process_resident_memory_bytes", "Memory in use.", {}, resident_bytes);
}

void measure_share(Meter& meter, const std::string& of, const FairShare& share) {
  const auto ask = [&](Meter::Kind kind, const char* name, const char* help, MeterLabels labels,
                       auto value) {
    labels.emplace("of", of);
    meter.ask(kind, name, help, labels,
              [&share, value] { return static_cast<double>(value(share.counts())); });
  };
  using Counts = FairShare::Counts;
  constexpr auto gauge = Meter::Kind::gauge;
  ask(gauge, "gmail_mcp_share_used",
      "What all callers hold together of what they share: bytes of answers and of request bodies; "
      "requests, subscriptions and event streams by number.",
      {}, [](const Counts& counts) { return counts.used; });
  ask(gauge, "gmail_mcp_share_limit", "The most of it that all may hold together.", {},
      [limit = share.limits().total](const Counts&) { return limit; });
  ask(gauge, "gmail_mcp_share_holders", "How many hold some of it.", {},
      [](const Counts& counts) { return counts.holders; });
  ask(gauge, "gmail_mcp_share_largest", "What the largest of them holds.", {},
      [](const Counts& counts) { return counts.largest; });
  const auto* refused = "gmail_mcp_share_refused_total";
  const auto* help =
      "Refusals: own, the caller's share was used up; all, what all callers may hold together was.";
  ask(Meter::Kind::counter, refused, help, {{"share", "own"}},
      [](const Counts& counts) { return counts.refused_own; });
  ask(Meter::Kind::counter, refused, help, {{"share", "all"}},
      [](const Counts& counts) { return counts.refused_for_all; });
}

void measure_vault(Meter& meter, const accounts::TokenVault& vault) {
  const std::string name = "gmail_mcp_token_refreshes_total";
  const std::string help =
      "Refreshes of access tokens: ok; refused, the person must connect again; failed, it is tried "
      "again.";
  const auto ask = [&](const char* result, std::uint64_t accounts::VaultCounters::*member) {
    meter.ask(Meter::Kind::counter, name, help, {{"result", result}},
              [&vault, member] { return static_cast<double>(vault.counters().*member); });
  };
  ask("ok", &accounts::VaultCounters::refreshes_ok);
  ask("refused", &accounts::VaultCounters::refreshes_refused);
  ask("failed", &accounts::VaultCounters::refreshes_failed);
}

void measure_pool(Meter& meter, const mail::Pool& pool) {
  meter.ask(Meter::Kind::gauge, "gmail_mcp_open_mailboxes", "Mailboxes that are kept open.", {},
            [&pool] { return static_cast<double>(pool.open()); });
}

void measure_cache(Meter& meter, const mail::ResponseCache& cache) {
  meter.ask(Meter::Kind::gauge, "gmail_mcp_response_cache_bytes",
            "Memory of the answers that are remembered.", {},
            [&cache] { return static_cast<double>(cache.bytes()); });
}

void measure_watch(Meter& meter, const mail::Watch& watch) {
  const auto ask = [&](const char* state, std::size_t mail::Watch::Counts::*member) {
    meter.ask(Meter::Kind::gauge, "gmail_mcp_watched_accounts",
              "Mailboxes followed for new mail: waiting in IDLE, polled, failing just now, or left "
              "to another process.",
              {{"state", state}},
              [&watch, member] { return static_cast<double>(watch.counts().*member); });
  };
  ask("waiting", &mail::Watch::Counts::waiting);
  ask("polled", &mail::Watch::Counts::polled);
  ask("failing", &mail::Watch::Counts::failing);
  ask("elsewhere", &mail::Watch::Counts::elsewhere);
}

void measure_connections(Meter& meter, const std::vector<store::ConnectionCount>& counts) {
  for (const auto& row : model::connection_kinds()) {
    for (const auto state : model::connection_states()) {
      meter.ask(Meter::Kind::gauge, "gmail_mcp_connections",
                "Connected accounts: working, failing (their servers cannot be used just now), "
                "untried, or not active any more.",
                {{"kind", std::string{row.name}}, {"state", std::string{state}}},
                [&counts, kind = row.kind, state] {
                  double all = 0;
                  for (const auto& one : counts) {
                    if (one.kind == kind && one.state == state) {
                      all += static_cast<double>(one.connections);
                    }
                  }
                  return all;
                });
    }
  }
}

}  // namespace gmail_mcp::app
