#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sandbox/grants.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

class AppPasswords;

/// What an application asks of a person, from the query of the authorization URL.
struct ConsentRequest {
  std::string query;  // as it came: the form carries it back
  std::string client_id;
  std::string redirect_uri;
  std::string state;
  std::string login_hint;
  std::vector<std::string> scopes;  // full names
  std::string code_challenge;
  std::string code_challenge_method;
  bool offline = false;
  bool forced = false;           // prompt=consent
  bool silent = false;           // prompt=none
  bool include_granted = false;  // include_granted_scopes=true
};

/// Google shows these on its own page and never redirects: "Error 400: redirect_uri_mismatch".
struct ConsentRefusal {
  int status = 400;
  std::string error;
  std::string description;
};

/// What the OAuth client is registered as.
struct Registration {
  std::string client_id;
  std::string client_secret;
  std::vector<std::string> redirect_uris;  // empty: any http URI on loopback
};

std::variant<ConsentRequest, ConsentRefusal> read_consent_request(const Registration& registration,
                                                                  std::string_view query);

/// Google's full name for "gmail.readonly", "email" and so on; "" for an unknown scope.
std::string full_scope_name(std::string_view scope);
/// Identity scopes come with every consent; all others have a box to tick.
bool is_identity_scope(std::string_view scope);

/// Where the browser goes after the person's answer.
std::string redirect_with_code(const ConsentRequest& request, std::string_view code,
                               const std::vector<std::string>& scopes);
std::string redirect_with_error(const ConsentRequest& request, std::string_view error);

/// The pages, as HTML.
std::string consent_page(const ConsentRequest& request, const World& world);
std::string refusal_page(const ConsentRefusal& refusal);
/// `mail`: the rows about the mail servers, as HTML.
std::string index_page(const Registration& registration, const World& world,
                       const AppPasswords& app_passwords, std::string_view base_url,
                       std::string_view mail);

}  // namespace gmail_mcp::sandbox
