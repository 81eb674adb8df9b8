#pragma once

#include <string>
#include <string_view>

#include "sandbox/rfc822.h"

namespace gmail_mcp::sandbox::imap {

/// ENVELOPE (RFC 3501 §7.4.2) of a mail.
std::string envelope_of(const Part& mail);

/// BODYSTRUCTURE, or with `extended` false BODY. The part's offsets refer to `raw`.
std::string structure_of(const Part& part, std::string_view raw, bool extended);

}  // namespace gmail_mcp::sandbox::imap
