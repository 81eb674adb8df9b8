#pragma once

#include <string>
#include <string_view>

namespace gmail_mcp::sandbox {

/// The texts of refusals by Gmail's mail servers, by our names for them:
///
///     bad_credentials app_password_required web_login imap_disabled too_many_connections
///     bandwidth overquota unavailable bye session_expired too_many_logins sending_limit
///     too_large policy dmarc
///
/// The texts were reported by clients. An unknown name gets the text of "unavailable".

/// Without the tag, "NO [ALERT] … (Failure)"; or the whole untagged "* BYE …", after which the
/// server hangs up.
std::string imap_refusal(std::string_view name);
/// The whole answer, with CRLF between its lines; after a 421 the server hangs up.
std::string smtp_refusal(std::string_view name);

}  // namespace gmail_mcp::sandbox
