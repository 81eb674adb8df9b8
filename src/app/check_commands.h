#pragma once

#include "base/clock.h"
#include "base/log.h"
#include "setup/load.h"
#include "surface/cli.h"

namespace gmail_mcp::app {

/// Asks a running server how it is; without one, judges as `validate` does. The exit status is 1
/// when the server serves nobody.
int check_health(const surface::CheckHealth& verb, setup::Loaded loaded, Clock& clock, Log& log);

/// Judges the settings, and whether they fit the database that is there. Changes nothing.
int validate(const surface::Validate& verb, const setup::Loaded& loaded, Clock& clock, Log& log);

}  // namespace gmail_mcp::app
