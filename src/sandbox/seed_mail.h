#pragma once

#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// Fills every mailbox with the invented mail of seeds/*.txt, the same each time but for the dates,
/// which are relative to now.
///
/// Such a file is a list of mails, each a line "%% mail", a head, an empty line and the text.
/// Fields of the head:
///
///     From, To  one address; "me" is the owner of the mailbox, to whom mail without a To goes
///     Subject   as it is
///     Id        the Message-ID, up to its "@"
///     Answers   the Ids of the thread so far, oldest first
///     Age       "1d 5h 30m": how long ago it was sent
///     Labels    by name; a mail with DRAFT or SENT as its first label was never delivered
///     Team      instead of From, To and Labels: the number of the person who wrote it, from 0;
///               it goes to all other people of the sandbox
///
/// Any other field is a header of the mail. After the text may follow "%% html" with the same as
/// HTML, and "%% file: NAME; TYPE" with an attachment (of type text/…: with CRLF). Instead of all
/// that, "%% raw" has the mail's own header and body. The line break before a "%%" belongs to it.
///
/// Replaced everywhere: {me} by the owner's first name, {name}, {email}, {n} by the number of the
/// mailbox, {bom} by a byte order mark, and in a raw mail {date} by its date.
void seed_mail(World& world);

}  // namespace gmail_mcp::sandbox
