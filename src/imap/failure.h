#pragma once

#include "base/error.h"
#include "imap/response.h"

namespace gmail_mcp::imap {

/// What the refused command was about: the same words mean different things for a login and for a
/// folder.
enum class Asked { greeting, login, command };

/// What a refusal (NO, BAD) or a BYE means, by its code (RFC 5530) and by texts that Gmail is known
/// to use. A refused login is `unauthenticated` only when the server says that the credential is
/// wrong: a server that has too many connections, is in maintenance or wants to see the person has
/// not refused the password. Nothing the server wrote is in the error's message or hint.
Error failure_of(const StatusResponse& refusal, Asked asked);

/// The server went away.
Error connection_lost();

}  // namespace gmail_mcp::imap
