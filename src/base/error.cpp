#include "base/error.h"

namespace gmail_mcp {

std::string_view to_string(Errc code) {
  switch (code) {
    case Errc::internal: return "internal";
    case Errc::invalid_argument: return "invalid_argument";
    case Errc::unauthenticated: return "unauthenticated";
    case Errc::forbidden: return "forbidden";
    case Errc::insufficient_scope: return "insufficient_scope";
    case Errc::not_found: return "not_found";
    case Errc::conflict: return "conflict";
    case Errc::reconnect_required: return "reconnect_required";
    case Errc::outcome_unknown: return "outcome_unknown";
    case Errc::too_large: return "too_large";
    case Errc::unsupported: return "unsupported";
    case Errc::rate_limited: return "rate_limited";
    case Errc::unavailable: return "unavailable";
    case Errc::misconfigured: return "misconfigured";
    case Errc::timeout: return "timeout";
  }
  return "internal";
}

bool Error::retryable() const {
  return code == Errc::rate_limited || code == Errc::unavailable || code == Errc::timeout;
}

Error&& Error::with_detail(std::string text) && {
  detail = std::move(text);
  return std::move(*this);
}

Error&& Error::with_retry_after(std::chrono::seconds wait) && {
  retry_after = wait;
  return std::move(*this);
}

Error&& Error::with_connect_url(std::string url) && {
  connect_url = std::move(url);
  return std::move(*this);
}

}  // namespace gmail_mcp
