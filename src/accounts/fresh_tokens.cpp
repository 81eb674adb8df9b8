#include "accounts/fresh_tokens.h"

namespace gmail_mcp::accounts {

Task<int> renew_expiring_tokens(TokenVault& vault, store::Store& store, const Clock& clock,
                                Log& log, FreshTokenOptions options) {
  constexpr int hopeless = 3;
  const auto access = model::Access::system("token refresh");
  store::ExpiringFilter filter;
  filter.expires_before = clock.now() + options.refresh_buffer;
  filter.used_since = clock.now() - options.in_use;
  filter.limit = options.at_once;
  const auto expiring = co_await store.connections().expiring(access, filter);
  int renewed = 0;
  int failures = 0;
  for (const auto& connection : expiring) {
    try {
      co_await vault.token(access, connection.id);
      ++renewed;
      failures = 0;
    } catch (const Error& error) {
      log.debug("early_refresh_failed",
                {{"connection_id", connection.id.str()}, {"code", to_string(error.code)}});
      // A withdrawn consent says nothing about other accounts.
      if (error.code != Errc::reconnect_required) ++failures;
    }
    if (failures == hopeless) break;
  }
  co_return renewed;
}

}  // namespace gmail_mcp::accounts
