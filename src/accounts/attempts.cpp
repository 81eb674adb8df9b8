#include "accounts/attempts.h"

#include <algorithm>

#include "base/error.h"

namespace gmail_mcp::accounts {

Task<void> Attempts::count(std::string thing) {
  const auto allowed_at = co_await tries_.count(name_of(thing), most_, within_);
  if (!allowed_at) co_return;
  // The clocks of two processes may differ.
  const auto left = std::chrono::ceil<std::chrono::seconds>(*allowed_at - clock_.now());
  throw Error{Errc::rate_limited, "Rate limited: too many attempts to sign in.",
              "Wait until retry_after, then try again with a new App Password."}
      .with_retry_after(std::max(left, std::chrono::seconds{1}));
}

}  // namespace gmail_mcp::accounts
