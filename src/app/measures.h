#pragma once

#include <vector>

#include "accounts/token_vault.h"
#include "base/clock.h"
#include "base/fair_share.h"
#include "base/meter.h"
#include "mail/pool.h"
#include "mail/response_cache.h"
#include "mail/watch.h"
#include "store/connections.h"

namespace gmail_mcp::app {

/// Declares the numbers that others keep, so that /metrics asks for them. All is borrowed, and
/// outlives the asking.
void measure_program(Meter& meter, const Clock& clock);
void measure_share(Meter& meter, const std::string& of, const FairShare& share);
void measure_vault(Meter& meter, const accounts::TokenVault& vault);
void measure_pool(Meter& meter, const mail::Pool& pool);
void measure_cache(Meter& meter, const mail::ResponseCache& cache);
void measure_watch(Meter& meter, const mail::Watch& watch);
/// `counts` is what was counted last.
void measure_connections(Meter& meter, const std::vector<store::ConnectionCount>& counts);

}  // namespace gmail_mcp::app
