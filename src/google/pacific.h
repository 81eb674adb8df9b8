#pragma once

#include "base/clock.h"

namespace gmail_mcp::google {

/// The beginning of the next day in Los Angeles, when Google's daily quotas are reset. By the rules
/// of the United States since 2007: clocks change on the second Sunday of March and the first of
/// November, after midnight.
Timestamp next_pacific_midnight(Timestamp now);

}  // namespace gmail_mcp::google
