#include "accounts/sign_in_ends.h"

#include <utility>
#include <vector>

namespace gmail_mcp::accounts {

store::AuditEntry sign_in_entry(const store::ClientGrant& grant, const std::string& label,
                                std::string what, Timestamp now) {
  store::AuditEntry entry;
  entry.at = now;
  entry.request_id = grant.id;
  entry.caller = "client/" + label;
  entry.user_id = grant.external_user_id.str();
  entry.operation = std::move(what);
  entry.outcome = "ok";
  return entry;
}

Task<void> end_sign_ins_without_mailbox(store::Store& store, const Clock& clock, Log& log,
                                        std::optional<model::ConnectionId> ended,
                                        std::string reason) {
  const auto access = model::Access::system("sign-ins without a mailbox");
  const auto now = clock.now();
  std::vector<store::ClientGrant> grants;
  try {
    grants = co_await store.client_grants().revoke_without_mailbox(access, std::move(ended), now);
  } catch (const Error& error) {
    log.warning("sign_ins_not_ended", {{"problem", error.message}});
  }
  for (const auto& grant : grants) {
    const auto label = client_label(grant.client);
    store.audit().record(sign_in_entry(grant, label, "sign_in.revoked/" + reason, now));
    log.info("sign_in_revoked", {{"reason", reason}, {"grant", grant.id}, {"client", label}});
  }
}

}  // namespace gmail_mcp::accounts
