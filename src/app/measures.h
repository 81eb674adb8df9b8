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

/// Declares numbers that are kept elsewhere, so that /metrics shows them. Everything is borrowed
/// and must live as long as the meter is read.
void measure_program(Meter& meter, const Clock& clock);
void measure_share(Meter& meter, const std::string& of, const FairShare& share);
void measure_vault(Meter& meter, const accounts::TokenVault& vault);
void measure_pool(Meter& meter, const mail::Pool& pool);
void measure_cache(Meter& meter, const mail::ResponseCache& cache);
void measure_watch(Meter& meter, const mail::Watch& watch);
/// `counts`: the latest count.
void measure_connections(Meter& meter, const std::vector<store::ConnectionCount>& counts);

}  // namespace gmail_mcp::app
