#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace gmail_mcp::sandbox::imap {

/// Dates of RFC 3501 §9. Readers answer nullopt for any other text.

/// "23-Nov-2026 10:11:12 +0000", with its quotes.
std::string date_time(Timestamp time);
/// "1-Feb-2026"
std::optional<std::chrono::sys_days> read_date(std::string_view text);
/// "17-Jul-1996 02:44:25 -0700"
std::optional<Timestamp> read_date_time(std::string_view text);

}  // namespace gmail_mcp::sandbox::imap
