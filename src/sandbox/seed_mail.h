#pragma once

#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// Fills every mailbox with the invented mail of seeds/*.txt, the same each time but for the dates,
/// which are relative to now.
///
/// Such a file is a list of mails, each a line "%% mail", a head, an empty line and the text.
/// Fields of the head:
///   From, To  one address; "me" is the owner of the mailbox, who is also meant where there is no
///   To Subject   as it is Id        of the Message-ID, in front of its "@" Answers   the Ids of
///   the thread so far, oldest first Age       "1d 5h 30m": how long ago it was sent Labels names;
///   with DRAFT or SENT the mail was never delivered Team      the number of the person who wrote
///   it, to all others of the sandbox; instead of From, To and Labels
/// Any other field is a field of the mail. Behind the text may stand "%% html" with the same as
/// HTML and
/// "%% file: NAME; TYPE" with an attachment (a text/ type gets CRLF), or instead of all "%% raw"
/// with the mail's own head and body. The line break in front of a "%%" belongs to it.
///
/// Replaced everywhere: {me} by the owner's first name, {name}, {email}, {n} by the number of the
/// mailbox, {bom} by a byte order mark, and in a raw mail {date} by its date.
void seed_mail(World& world);

}  // namespace gmail_mcp::sandbox
