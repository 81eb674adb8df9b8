#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/error.h"
#include "crypto/sealer.h"

namespace gmail_mcp::accounts {

/// A program that asks people to sign in here: an OAuth client without a secret. All but `host` is
/// its own claim.
struct ClientApp {
  std::string id;      // its client_id
  std::string digest;  // SHA-256 of it, in hex: how it is stored
  std::string name;    // for people; may be empty
  std::string host;    // of the https address of its metadata; empty: it was registered here
  std::vector<std::string> redirect_uris;

  /// Its registered redirect URI that `given` is; with only one registered, `given` may be empty.
  std::optional<std::string> redirect_for(std::string_view given) const;
  /// For logs and the audit: "claude.ai", or the beginning of the digest.
  std::string label() const { return host.empty() ? digest.substr(0, 12) : host; }
};

/// The client that this metadata document describes (RFC 7591 §2), with `id` as its client_id.
/// invalid_argument with a sentence about what is wrong with it.
Result<ClientApp> read_client_metadata(std::string_view json, std::string id);

/// The same as the answer to a registration (RFC 7591 §3.2.1), as JSON.
std::string registration_answer(const ClientApp& app, Timestamp now);

/// A name as people are shown it: one line of visible text without quotation marks and marks that
/// turn its direction, 80 bytes at most.
std::string plain_name(std::string_view claimed);

/// Clients that registered here. There is no table of them: a client_id is the sealed metadata, so
/// that nobody can fill one. Immutable.
class ClientApps {
 public:
  explicit ClientApps(crypto::Sealer sealer) : sealer_{std::move(sealer)} {}

  /// invalid_argument for metadata that is refused.
  Result<ClientApp> enroll(std::string_view json, Timestamp now) const;
  /// nullopt: not one of ours.
  std::optional<ClientApp> open(std::string_view client_id, Timestamp now) const;

 private:
  crypto::Sealer sealer_;
};

}  // namespace gmail_mcp::accounts
