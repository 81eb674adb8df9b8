#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::mime {

/// The events and tasks of a calendar file as text for people (RFC 5545, RFC 5546): the method and
/// the title, when, where, who invites and who is invited with their answers, and the description.
/// Times are as written, with the name of their zone.
///
///     Invitation (REQUEST): Quarterly review
///     When: 2027-03-02 10:00 to 11:00 (Europe/Berlin)
///     Where: Room 5
///     Organizer: Ann Lee <ann@shop.example>
///     Attendees:
///     - Alex Morgan <alex@shop.example>: no answer yet
///
/// UTF-8 in and out; "" when there is no entry. Of a long file only the beginning (a megabyte, ten
/// entries, a hundred attendees of each). Never fails; linear; thread-safe.
std::string calendar_text(std::string_view ics);

/// What a calendar file asks for ("REQUEST", "REPLY", "CANCEL"; RFC 5546 §1.4): its METHOD. "" if
/// it has none. Linear; thread-safe.
std::string calendar_method(std::string_view ics);

}  // namespace gmail_mcp::mime
