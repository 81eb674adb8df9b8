#pragma once

#include <string>
#include <string_view>

#include "base/error.h"
#include "http/message.h"
#include "http/url.h"
#include "sandbox/consent.h"
#include "sandbox/counters.h"
#include "sandbox/faults.h"
#include "sandbox/grants.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

/// Google's sign-in without its transport: consent, tokens, revocation, identity.
class OAuth {
 public:
  OAuth(Registration registration, World& world, Grants& grants, Faults& faults, Counters& counters)
      : registration_{std::move(registration)},
        world_{world},
        grants_{grants},
        faults_{faults},
        counters_{counters} {}

  /// GET /o/oauth2/v2/auth
  http::Response ask(std::string_view query);
  /// POST /o/oauth2/v2/auth/consent
  http::Response decide(std::string_view form);
  /// POST /token
  http::Response token(const http::Headers& headers, std::string_view form);
  /// POST /revoke; the token may also be in the query.
  http::Response revoke(std::string_view query, std::string_view form);
  /// GET /v1/userinfo and /oauth2/v2/userinfo
  http::Response userinfo(const http::Headers& headers) const;
  /// GET /.well-known/openid-configuration
  http::Response metadata(std::string_view base_url) const;

  /// Acts as if a person had allowed everything on the page of `consent_url`.
  Result<std::string> approve(std::string_view consent_url, std::string_view email);

  const Registration& registration() const { return registration_; }

 private:
  std::string grant(const ConsentRequest& request, const Account& account,
                    std::vector<std::string> scopes);
  http::Response exchange_code(const http::QueryFields& form);
  http::Response refresh(const http::QueryFields& form);

  Registration registration_;
  World& world_;
  Grants& grants_;
  Faults& faults_;
  Counters& counters_;
};

}  // namespace gmail_mcp::sandbox
