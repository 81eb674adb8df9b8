#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "crypto/sealer.h"
#include "mcp/jsonrpc.h"

namespace gmail_mcp::mcp {

/// What a requestState is good for: the same request of the same caller.
struct StateBinding {
  std::string caller;  // Principal::identity()
  std::string method;
  std::string digest;  // digest_of(params)
};

/// 32 bytes that stand for the params of a request. The order of an object's members makes no
/// difference, nor do `_meta`, `inputResponses` and `requestState` themselves, which change from
/// one round to the next. Linear but for sorting the names.
std::string digest_of(const json::object& params);
/// About how many bytes digest_of goes through.
std::size_t bytes_of(const json::value& value);

/// Seals what a handler wants to know in its next round. Immutable.
class RequestStates {
 public:
  /// Without a sealer its key lasts as long as this object.
  RequestStates(std::optional<crypto::Sealer> sealer, std::chrono::seconds life,
                const Clock& clock);

  std::string seal(std::string_view state, const StateBinding& binding) const;
  /// nullopt: not sealed by us for this request, or too long ago.
  std::optional<std::string> open(std::string_view sealed, const StateBinding& binding) const;

 private:
  crypto::Sealer sealer_;
  std::chrono::seconds life_;
  const Clock& clock_;
};

}  // namespace gmail_mcp::mcp
