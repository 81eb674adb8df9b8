#pragma once

#include "imap/fetched.h"
#include "imap/scanner.h"

namespace gmail_mcp::imap {

/// The parenthesis of a FETCH response (RFC 3501 §7.4.2), its attributes in any order, unknown ones
/// skipped. A BODYSTRUCTURE that makes no sense is left out: a hostile message may confuse a
/// server, and must not make the rest of the mailbox unreadable.
Fetched read_fetched(Scanner& scanner);

/// "17-Jul-1996 02:44:25 -0700" (RFC 3501 §9, date-time); nullopt if it is not one.
std::optional<Timestamp> read_internal_date(std::string_view text);
/// The form to send, in UTC.
std::string write_internal_date(Timestamp time);

/// However deeply a message is nested, its structure is read only so deep.
inline constexpr int max_structure_depth = 64;
/// nullopt if it makes no sense.
std::optional<BodyPart> read_body_structure(Scanner& scanner);

}  // namespace gmail_mcp::imap
