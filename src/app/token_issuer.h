#pragma once

#include <boost/asio/io_context.hpp>
#include <memory>

#include "accounts/jwt_callers.h"
#include "accounts/scopes.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/meter.h"
#include "http/client.h"
#include "jwt/issuer_keys.h"
#include "setup/report.h"
#include "setup/settings.h"

namespace gmail_mcp::app {

/// What the scopes of sign-ins allow. Throws misconfigured when the settings cannot be read.
accounts::ScopeMap scopes_of(const setup::Settings& settings);

/// The authorization server of `server.oauth.issuer`, whose access tokens are accepted, and what is
/// needed for that. One loop.
class TokenIssuer {
 public:
  /// Throws misconfigured when the settings do not say a safe issuer, or scopes that cannot be
  /// read. Clock and log are borrowed.
  TokenIssuer(boost::asio::io_context& loop, const setup::Settings& settings, Clock& clock,
              Log& log);

  accounts::Recognizer& callers() { return callers_; }
  Task<void> keep_fresh() { return keys_.keep_fresh(); }
  /// Tries to fetch the keys, whose absence `tell` then reports.
  Task<void> look();
  /// Adds what is known of it, and a warning while its keys cannot be fetched.
  void tell(setup::Report& report) const;
  void measure(Meter& meter) const;
  Task<void> close() { return keys_.close(); }

 private:
  std::unique_ptr<http::Client> http_;
  jwt::IssuerKeys keys_;
  accounts::JwtCallers callers_;
};

}  // namespace gmail_mcp::app
