#pragma once

#include "http/server.h"
#include "surface/web.h"

namespace gmail_mcp::surface {

/// GET /: for who opens the server's address in a browser. It says what the address is for, shows
/// the one for MCP clients, and nothing about who uses it. `people_sign_in`: whether a client can
/// be given that address alone. `options` outlives the router.
void add_home_page(http::Router& router, const WebOptions& options, bool people_sign_in);

}  // namespace gmail_mcp::surface
