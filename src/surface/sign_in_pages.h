#pragma once

#include <optional>
#include <string>

#include "accounts/authorization_server.h"
#include "http/server.h"
#include "operation/services.h"
#include "surface/caller.h"
#include "surface/flow_page.h"
#include "surface/web.h"

namespace gmail_mcp::surface {

/// The pages of a person who signs in with Google for a program: GET and POST /authorize, and the
/// way back from Google. A page names this one program and where its answer goes before anybody is
/// sent to Google; its form is bound to the browser by a cookie. What is borrowed outlives it.
class SignInPages {
 public:
  SignInPages(const operation::Services& services, const DoorRules& rules,
              const WebOptions& options, accounts::AuthorizationServer& server);

  /// GET /authorize
  Task<void> ask(http::Exchange& exchange) const;
  /// POST /authorize
  Task<void> decide(http::Exchange& exchange) const;
  /// GET /oauth/callback, with a state for which `is_ours` holds.
  Task<void> come_back(http::Exchange& exchange) const;

  static bool is_ours(std::string_view state) {
    return accounts::AuthorizationServer::is_ours(state);
  }

 private:
  Task<void> show(http::Exchange& exchange, const accounts::Authorization& request) const;
  Task<void> finish(http::Exchange& exchange, accounts::AuthorizationServer::PendingPtr pending,
                    std::string code, std::string browser) const;
  Page consent_page(const accounts::Authorization& request) const;
  /// The answer to a person whose sign-in failed: a button to try again where that may help.
  http::Response not_finished(const Error& error, const accounts::Authorization& request,
                              const std::string& browser) const;
  std::vector<std::string> form_targets(const accounts::Authorization& request) const;
  std::string cookie_name() const;

  PageContext context_;
  accounts::AuthorizationServer& server_;
};

void add_sign_in_pages(http::Router& router, const SignInPages& pages,
                       const operation::Services& services);

}  // namespace gmail_mcp::surface
