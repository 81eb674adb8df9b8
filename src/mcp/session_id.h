#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/sealer.h"
#include "mcp/protocol.h"

namespace gmail_mcp::mcp {

/// How long a session may be left alone. An id that was never used later than a day after it was
/// made says by itself until when that is; of others their last use is remembered
/// (SessionMemory), to the day.
inline constexpr std::chrono::days session_lifetime{30};
inline constexpr std::chrono::days session_use_is_noted_after{1};

/// What a session id says: all that is needed to open the session again in another process.
struct SessionTicket {
  std::string name;  // a UUID, which names the session wherever something is remembered of it
  const Revision* revision = nullptr;
  json::object client_capabilities;
  Timestamp made;
  std::size_t key = 0;  // which key of the ring it was sealed with, counted from 0
};

/// Capabilities that take little room: those that are too long are reduced to what a server can
/// ask of a client (roots, sampling, elicitation).
json::object bounded_capabilities(json::object capabilities);

/// Makes and reads session ids: visible ASCII, shorter than 1,000 characters, bound to the owner's
/// identity. Thread-safe.
class SessionIds {
 public:
  explicit SessionIds(crypto::Sealer sealer) : sealer_{std::move(sealer)} {}

  std::string make(const SessionTicket& ticket, std::string_view owner) const;
  /// Whether the lifetime is over is not judged. nullopt: not ours, or not of this owner.
  std::optional<SessionTicket> read(std::string_view id, std::string_view owner) const;

 private:
  crypto::Sealer sealer_;
};

}  // namespace gmail_mcp::mcp
