#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "model/connection.h"

/// The errors of both kinds of credential when they cannot be used, in one place, so that they are
/// the same.
namespace gmail_mcp::accounts {

/// The error for every connection that the access does not include.
Error connection_not_found();

/// What everybody hears who wants an App Password used on a server that does not offer them.
Error no_app_passwords();

/// The error for a stored secret that none of our keys opens: the operator must fix it, never the
/// person. `what` is a constant: "token", "App Password".
Error undecryptable(std::string_view what);

/// reconnect_required, with the reason given by the connection's kind and status. A caller is told
/// the way back, too: operation::Accounts knows it.
Error reconnect_error(const model::Connection& connection);

}  // namespace gmail_mcp::accounts
