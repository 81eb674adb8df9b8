#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/shared_work.h"
#include "base/task.h"
#include "http/client.h"
#include "jwt/key.h"

namespace gmail_mcp::jwt {

using KeySetPtr = std::shared_ptr<const KeySet>;

/// Where an issuer keeps its keys, by its own metadata (RFC 8414, OpenID Connect Discovery 1.0).
struct IssuerMetadata {
  std::string jwks_uri;

  /// Errors: unavailable when it is no such document, is about another issuer (compared exactly:
  /// RFC 8414 §3.3), or leads to keys over plain HTTP beyond this machine.
  static Result<IssuerMetadata> parse(std::string_view text, const std::string& issuer);
};

/// How long keys may be kept, by the answer that brought them (RFC 9111 §5.2.2.1): max-age within 5
/// minutes and 24 hours; an hour without one.
std::chrono::seconds lifetime_of_keys(const http::Headers& headers);

/// The public keys of one issuer: fetched when first needed, kept, and fetched again before they
/// grow old or when a token names a key that is not among them. While the issuer cannot be reached,
/// what it said last holds for a day. Callers wait only for the first fetch, and for one that a new
/// key makes necessary. One loop.
class IssuerKeys {
 public:
  /// `issuer`: an https URL, or http on loopback. The client, clock and log are borrowed.
  IssuerKeys(http::Client& http, std::string issuer, Clock& clock, Log& log);

  const std::string& issuer() const { return issuer_; }

  /// Throws unavailable, with retry_after, when there are none yet and none can be had.
  Task<KeySetPtr> current();
  /// For a token that needs a key which is not among `known`: newer keys, or the same when they
  /// were fetched moments ago. Throws unavailable when they cannot be fetched.
  Task<KeySetPtr> newer_than(KeySetPtr known);

  /// Fetches them now and before they grow old, until cancelled.
  Task<void> keep_fresh();
  /// Ends what is under way. To be called before the end; nothing is fetched afterwards.
  Task<void> close();

  /// For the operator.
  struct Condition {
    std::size_t keys = 0;          // that can be used
    std::optional<Error> failure;  // of the last try
    std::uint64_t fetched = 0;     // times, since the start
    std::uint64_t failed = 0;
  };
  Condition condition() const;

 private:
  using Moment = std::chrono::steady_clock::time_point;

  bool has_usable_keys() const;
  bool may_try() const;
  Error not_now() const;
  SharedWork<void> begin(const Executor& executor);
  Task<void> fetch();
  Task<void> fetch_now();
  Task<IssuerMetadata> discover();
  Task<http::ClientResponse> get(std::string url);

  http::Client& http_;
  std::string issuer_;
  Clock& clock_;
  Log& log_;
  std::optional<TaskGroup> group_;  // made on the loop on which it runs
  SharedWork<void> under_way_;
  KeySetPtr keys_;
  std::chrono::seconds lifetime_{};
  Moment fetched_at_{};
  std::optional<Moment> tried_at_;
  std::optional<Error> failure_;
  std::uint64_t fetched_ = 0;
  std::uint64_t failed_ = 0;
  bool is_closed_ = false;
};

}  // namespace gmail_mcp::jwt
