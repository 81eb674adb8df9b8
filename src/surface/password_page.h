#pragma once

#include <string>

#include "http/server.h"
#include "surface/flow_page.h"

namespace gmail_mcp::surface {

constexpr char password_path[] = "/oauth/password";

/// The page where a person types an App Password: the steps to get one, and the form. Answers the
/// exchange, also when there is no such flow. Shown only over a private channel.
Task<void> password_page(http::Exchange& exchange, PageContext context, std::string state);

/// GET and POST of `password_path`. The POST needs the cookie the GET set, and a private channel;
/// the typed password is never shown again.
void add_password_routes(http::Router& router, PageContext context);

}  // namespace gmail_mcp::surface
