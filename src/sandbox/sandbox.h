#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/task.h"
#include "http/server.h"
#include "sandbox/counters.h"
#include "sandbox/faults.h"
#include "sandbox/world.h"

namespace gmail_mcp::sandbox {

struct SeedUser {
  std::string email;
  std::string name;
};

struct Options {
  std::string host = "127.0.0.1";
  std::uint16_t port = 0;  // 0: any free one
  std::vector<SeedUser> users = {{"alex.morgan@gmail.example", "Alex Morgan"},
                                 {"priya.nair@gmail.example", "Priya Nair"},
                                 {"tom.becker@gmail.example", "Tom Becker"}};
  std::string client_id = "sandbox-client.apps.googleusercontent.com";
  std::string client_secret = "sandbox-secret";
  std::vector<std::string> redirect_uris;  // empty: any http URI on loopback
  bool seed_mail = true;
  std::optional<std::uint16_t> imap_port = 0;  // 0: any free one; none: no IMAP
  std::optional<std::uint16_t> smtp_port = 0;
  /// If set, HTTP, IMAP and SMTP are encrypted from the first byte; see `mail_starttls`.
  std::optional<http::TlsIdentity> tls;
  /// With `tls`: IMAP and SMTP begin unencrypted and require STARTTLS before signing in.
  bool mail_starttls = false;
  std::chrono::seconds access_token_lifetime{3600};
  std::string grant_key;  // with the same key, refresh tokens of an earlier start still work
  bool reuse_port = false;
};

/// A simulated Google on loopback: consent page, tokens, userinfo, the Gmail REST API, IMAP and
/// SMTP, with faults on request. For trying the product without a Google account, and for its
/// tests. All state is in memory; everything runs on one loop.
class Sandbox {
 public:
  /// Binds at once; throws Errc::misconfigured when it cannot.
  static std::unique_ptr<Sandbox> start(boost::asio::io_context& loop, Options options,
                                        Clock& clock, Log& log);
  virtual ~Sandbox() = default;

  virtual std::uint16_t port() const = 0;
  /// 0: there is none.
  virtual std::uint16_t imap_port() const = 0;
  virtual std::uint16_t smtp_port() const = 0;
  /// "http://127.0.0.1:8300"
  virtual std::string base_url() const = 0;
  /// Returns when nothing of it is running; must be awaited before destruction.
  virtual Task<void> stop() = 0;

  /// The App Password that IMAP and SMTP accept for the account: 16 letters, "" while revoked. Both
  /// refuse `ordinary_password` (app_passwords.h), as Gmail refuses the account's own password.
  virtual std::string app_password(std::string_view email) const = 0;

  virtual Faults& faults() = 0;
  virtual Counters counters() const = 0;
  virtual void reset_counters() = 0;

  /// Consents without a browser to everything that `consent_url` (as its client built it) asks for.
  /// Returns the URL that Google would redirect to, with code and state.
  virtual Result<std::string> approve(std::string_view consent_url, std::string_view email) = 0;

  /// The mailboxes, so that a test can add mail.
  virtual World& world() = 0;
};

}  // namespace gmail_mcp::sandbox
