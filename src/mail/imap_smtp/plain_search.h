#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "imap/client.h"

namespace gmail_mcp::mail {

/// A search for a server without X-GM-EXT-1.
struct PlainSearch {
  imap::Search keys;
  std::string folder;  // `in:` or a label id; empty: not said
};

/// What IMAP's own SEARCH (RFC 3501 §6.4.4) can express of Gmail's language: words and "phrases",
/// from: to: cc: bcc: subject: rfc822msgid:, is:read, unread, starred, unstarred, after: before:
/// older: newer: with dates, larger: smaller:, in:folder, and "-" before each. `unsupported` that
/// names the operator for everything else. Pure, thread-safe.
Result<PlainSearch> plain_search(std::string_view query, const std::vector<std::string>& label_ids);

/// "1-Feb-2026" (RFC 3501, date).
std::string imap_date(std::chrono::year_month_day date);

}  // namespace gmail_mcp::mail
