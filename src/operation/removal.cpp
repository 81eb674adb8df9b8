#include "operation/removal.h"

namespace gmail_mcp::operation {

// Who follows the mailbox stops before its rows go; the credential goes first of all.
Task<model::Disconnected> remove_account(const Services& services, model::Access access,
                                         model::Connection connection,
                                         std::optional<std::int64_t> version) {
  auto spent_as = services.policy.spent_as(connection).front();
  auto ended = co_await services.vault->begin_removal(access, connection.id, version);
  services.pool->close(connection.id);
  if (services.account_leaving) co_await services.account_leaving(connection);
  co_await services.store->connections().remove(access, connection.id, std::move(spent_as));
  co_return ended;
}

// Marked first, then closed, so that nobody mails any more; an open connection to IMAP would go on
// telling what arrives.
Task<model::Disconnected> disconnect_account(const Services& services, model::Access access,
                                             model::Connection connection,
                                             bool revoke_google_access,
                                             std::optional<std::int64_t> version) {
  auto ended =
      co_await services.vault->disconnect(access, connection.id, revoke_google_access, version);
  services.pool->close(connection.id);
  if (services.account_disconnected) co_await services.account_disconnected(connection);
  co_return ended;
}

Task<void> finish_endings(const Services& services) {
  const auto access = model::Access::system("finishing endings");
  std::vector<model::Connection> begun;
  try {
    begun = co_await services.store->connections().endings(access);
  } catch (const Error& error) {
    services.log.warning("endings_not_listed", {{"problem", error.message}});
  }
  for (const auto& connection : begun) {
    const auto& id = connection.id.str();
    try {
      if (connection.status == model::ConnectionStatus::removing) {
        co_await remove_account(services, access, connection, connection.version);
      } else {
        co_await disconnect_account(services, access, connection, true, connection.version);
      }
      services.log.info("ending_finished", {{"connection_id", id}});
    } catch (const Error& error) {
      if (error.code == Errc::not_found) continue;  // added again, or another process goes on
      services.log.warning("ending_not_finished",
                           {{"connection_id", id}, {"problem", error.message}});
    }
  }
}

}  // namespace gmail_mcp::operation
