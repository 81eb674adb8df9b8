#pragma once

#include <string>

#include "accounts/connect.h"
#include "base/log.h"
#include "http/server.h"
#include "operation/services.h"
#include "setup/settings.h"
#include "surface/caller.h"

namespace gmail_mcp::surface {

struct WebOptions {
  std::string application_name;  // shown to the person
  std::string public_url;        // https here makes the cookie Secure
  setup::ArchiveSettings archive = {};
};

class SignInPages;

/// `/oauth/start` and `/oauth/callback`: the pages of the person who connects. A GET consumes
/// nothing; Continue is a POST that needs the cookie set by the GET, and the callback needs the
/// browser in which it was pressed. Nothing from a request is shown unescaped. The arguments must
/// outlive the router. `sign_in`: who is sent back by Google to sign in; null: nobody.
void add_web_routes(http::Router& router, const operation::Services& services,
                    const DoorRules& rules, const WebOptions& options,
                    const SignInPages* sign_in = nullptr);

}  // namespace gmail_mcp::surface
