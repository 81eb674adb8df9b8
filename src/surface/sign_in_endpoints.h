#pragma once

#include "accounts/authorization_server.h"
#include "accounts/client_tokens.h"
#include "base/clock.h"
#include "http/server.h"
#include "surface/caller.h"

namespace gmail_mcp::surface {

/// What clients of our own sign-in use without a person: the metadata of the authorization server
/// (RFC 8414), POST /register (RFC 7591), POST /token (RFC 6749) and POST /revoke (RFC 7009). Pages
/// of any origin may call them: they look at no cookie. The arguments must outlive the router.
void add_sign_in_endpoints(http::Router& router, accounts::AuthorizationServer& server,
                           accounts::ClientTokens& tokens, const DoorRules& rules,
                           const Clock& clock, bool knows_documents);

}  // namespace gmail_mcp::surface
