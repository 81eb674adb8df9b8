#pragma once

#include "base/clock.h"

namespace gmail_mcp::google {

/// When the next day begins in Los Angeles, where Google's daily quotas begin anew. By the rules of
/// the United States since 2007: clocks change on the second Sunday of March and the first of
/// November, after midnight.
Timestamp next_pacific_midnight(Timestamp now);

}  // namespace gmail_mcp::google
