#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/scopes.h"
#include "base/error.h"
#include "http/server.h"
#include "model/caller.h"
#include "operation/operation.h"

namespace gmail_mcp::surface {

/// What OAuth clients are told about this server: it is the resource that tokens are made for
/// (RFC 9728).
struct ProtectedResource {
  std::string public_url;  // without a trailing slash
  std::string name;        // shown to the person who signs in
  /// Issuers whose tokens are accepted, public_url itself among them when this server signs people
  /// in. Empty: no sign-in is on.
  std::vector<std::string> authorization_servers = {};
  std::vector<std::string> scopes = {};  // that a client may ask for

  bool is_on() const { return !authorization_servers.empty(); }
  bool signs_in_itself() const;
  /// What tokens are made for, exactly as people type it into their client: public_url + "/mcp".
  std::string resource() const { return public_url + "/mcp"; }
  std::string metadata_url() const {
    return public_url + "/.well-known/oauth-protected-resource/mcp";
  }
};

/// The WWW-Authenticate field of a refusal (RFC 6750 §3, RFC 9728 §5.1), for unauthenticated and
/// for `forbidden` with a missing_scope; "" for other errors. It says `invalid_token` only to who
/// sent a credential. `head`: nullptr if there was none to read.
std::string challenge(const ProtectedResource& resource, const Error& error,
                      const http::RequestHead* head);

/// The error object with its status, Retry-After and challenge.
http::Response refusal(const ProtectedResource& resource, const Error& error,
                       const http::RequestHead* head);

/// Throws scope_is_missing for a call that another scope would allow, before anything of it
/// happens. Says nothing about callers who have no scopes. `scopes`: of the configured issuer; who
/// came by our own sign-in is judged by the standard ones.
void check_scopes(const accounts::ScopeMap& scopes, const model::Caller& caller,
                  const operation::Info& info);

/// The metadata, which pages of any origin may read. Where no sign-in is on, and for what a client
/// looks for at this server although it does not sign people in itself: 404 in the form of OAuth,
/// with one sentence that says what to do. Many clients show nothing else to the person.
/// `resource` must outlive the router.
void add_protected_resource_routes(http::Router& router, const ProtectedResource& resource);

/// Adds what a page of any origin needs to read this answer: for documents and endpoints that look
/// at no cookie.
void let_any_page_read(http::Response& response);
/// The answer of such an address to OPTIONS.
http::Response any_page_preflight(std::string_view methods);

}  // namespace gmail_mcp::surface
