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

Task<void> finish_removals(const Services& services) {
  const auto access = model::Access::system("finishing removals");
  std::vector<model::Connection> begun;
  try {
    begun = co_await services.store->connections().removals(access);
  } catch (const Error& error) {
    services.log.warning("removals_not_listed", {{"problem", error.message}});
  }
  for (const auto& connection : begun) {
    const auto& id = connection.id.str();
    try {
      co_await remove_account(services, access, connection, connection.version);
      services.log.info("removal_finished", {{"connection_id", id}});
    } catch (const Error& error) {
      if (error.code == Errc::not_found) continue;  // added again, or another process goes on
      services.log.warning("removal_not_finished",
                           {{"connection_id", id}, {"problem", error.message}});
    }
  }
}

}  // namespace gmail_mcp::operation
