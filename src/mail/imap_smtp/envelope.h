#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

// The parts of a finished message that SMTP needs. Pure and thread-safe.
namespace gmail_mcp::mail {

/// The bare addresses of To, Cc and Bcc, in this order, each once, lower case. too_large when there
/// are more than allowed.
Result<std::vector<std::string>> recipients_of(std::string_view rfc822);

/// Its Message-ID with brackets; empty if there is none.
std::string message_id_of(std::string_view rfc822);

/// Removes every Bcc field, because over SMTP the message arrives exactly as sent.
void remove_bcc(std::string& rfc822);

}  // namespace gmail_mcp::mail
