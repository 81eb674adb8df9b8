// Accounts: how connections end.
#include <utility>

#include "accounts/user_tokens.h"
#include "operation/accounts.h"
#include "operation/call.h"
#include "operation/history.h"
#include "operation/mail.h"
#include "operation/own_work.h"

namespace gmail_mcp::operation {

namespace {

constexpr std::int64_t lost_at_a_time = 100;
constexpr std::int64_t most_accounts = 1'000'000;  // of one user, to get all

}  // namespace

Task<model::Disconnected> Accounts::disconnect(Call& call, std::string id,
                                               bool revoke_google_access, bool keep_archive) {
  auto found = co_await call.connection(std::move(id));
  const auto erasure = keep_archive ? store::Erasure::sends : store::Erasure::everything;
  auto ending = end(call.access(), std::move(found), revoke_google_access, erasure, std::nullopt);
  co_return co_await call.commit(std::move(ending));
}

Task<model::Disconnected> Accounts::remove(Call& call, std::string id) {
  auto found = co_await call.connection(std::move(id));
  auto ending = remove(call.access(), std::move(found), std::nullopt);
  co_return co_await call.commit(std::move(ending));
}

// Erases everything that is marked; the mark itself goes last.
Task<void> Accounts::erase_kept(model::Access access, model::Connection connection,
                                store::Erasure erasure) {
  const bool with_archive =
      erasure == store::Erasure::everything || erasure == store::Erasure::archive;
  if (with_archive) {
    co_await history_.erase(connection.id);
  } else {
    co_await history_.stop(connection.id);
  }
  if (erasure == store::Erasure::none) co_return;
  if (erasure != store::Erasure::archive) {
    auto spent_as = services_.policy.spent_as(connection).front();
    co_await needs_.store.sends().erase(access, connection.id, std::move(spent_as));
  }
  co_await needs_.store.connections().finish_erasure(access, connection.id);
}

Task<model::Connection> Accounts::finish_ending(Call& call, store::Ending ending) {
  const auto& access = call.access();
  const auto& connection = ending.connection;
  call.is_about(connection);
  if (connection.status == model::ConnectionStatus::removing) {
    co_await remove(access, connection, connection.version);
  } else if (ending.has_credential && connection.status == model::ConnectionStatus::disconnected) {
    co_await end(access, connection, true, ending.erasure, connection.version);
  } else {
    // Others came first, and the account may have been connected again since.
    const auto now = co_await needs_.store.connections().credential(access, connection.id);
    if (!now || now->connection.version != connection.version) co_return connection;
    mail_.pool().close(connection.id);
    co_await erase_kept(access, connection, ending.erasure);
    // The connection stays, and its mail is archived under the rules of its new kind.
    const bool lives = ending.erasure == store::Erasure::archive && connection.is_active();
    if (lives) history_.follow(connection);
  }
  co_return connection;
}

Task<void> Accounts::forget_sends(model::Access access, model::Connection connection) {
  auto names = services_.policy.spent_as(connection);
  for (auto& name : names) {
    co_await needs_.store.sends().forget(access, connection.id, std::move(name));
  }
}

// The credential goes first; the mailbox is no longer followed when its rows are deleted.
Task<model::Disconnected> Accounts::remove(model::Access access, model::Connection connection,
                                           std::optional<std::int64_t> version) {
  auto spent_as = services_.policy.spent_as(connection).front();
  auto ended = co_await needs_.vault.begin_removal(access, connection.id, version);
  mail_.pool().close(connection.id);
  co_await history_.erase(connection.id);
  co_await needs_.store.connections().remove(access, connection.id, std::move(spent_as));
  co_return ended;
}

// Marked first, then closed, so that nothing is sent any more; an open IMAP connection would go on
// reporting new mail.
Task<model::Disconnected> Accounts::end(model::Access access, model::Connection connection,
                                        bool revoke_google_access, store::Erasure erasure,
                                        std::optional<std::int64_t> version) {
  auto ended = co_await needs_.vault.disconnect(access, connection.id, revoke_google_access,
                                                erasure, version);
  mail_.pool().close(connection.id);
  co_await erase_kept(access, connection, erasure);
  const auto archive = co_await needs_.store.archive().state(access, connection.id);
  ended.archive_kept = archive.has_value();
  co_return ended;
}

Task<Accounts::RemovedUser> Accounts::remove_user(Call& call, model::ExternalUserId user) {
  const auto& access = call.access();
  const auto known = co_await needs_.store.users().find(access, user);
  if (!known) {
    throw Error{Errc::not_found, "There is no such user.",
                "Give the user_id as the application gives it; `gmail-mcp accounts list` shows "
                "those with accounts."};
  }
  store::ConnectionFilter filter;
  filter.user = user;
  filter.include_inactive = true;
  filter.limit = most_accounts;
  auto accounts = co_await needs_.store.connections().list(access, std::move(filter));
  const auto begun = co_await needs_.store.connections().endings(access);
  for (const auto& ending : begun) {
    // Accounts of an interrupted removal are in no list.
    const bool is_listed = ending.connection.status != model::ConnectionStatus::removing;
    if (is_listed || ending.connection.external_user_id != user) continue;
    accounts.push_back(ending.connection);
  }
  // So that nobody connects an account again meanwhile.
  auto tokens = co_await needs_.store.user_tokens().list(access, user, most_accounts);
  for (auto& one : tokens) {
    co_await services_.house()->user_tokens.revoke(access, std::move(one.id));
  }
  co_await needs_.store.client_grants().revoke_all_but(access, user, 0, services_.clock.now());
  RemovedUser removed;
  for (const auto& one : accounts) {
    // First, because without the row the name under which it was counted is unknown; and once more,
    // for messages sent in between.
    co_await forget_sends(access, one);
    auto ended = co_await remove(access, one, std::nullopt);
    co_await forget_sends(access, one);
    const bool is_left = ended.revoke_error && model::facts_of(one.kind).by_consent &&
                         one.status != model::ConnectionStatus::disconnected;
    if (is_left) removed.not_revoked.push_back(std::move(*ended.revoke_error));
  }
  removed.accounts = accounts.size();
  co_await needs_.store.audit().forget_user(access, user);
  const bool is_gone = co_await needs_.store.users().erase(access, std::move(user));
  if (!is_gone) {
    throw Error{Errc::conflict, "An account of this user was connected meanwhile.",
                "Delete the user again."};
  }
  co_return removed;
}

Task<void> Accounts::settle_archive(model::Connection connection) {
  const auto access = model::Access::system("a connection of another kind");
  try {
    const auto begun = co_await needs_.store.connections().endings(access);
    for (const auto& ending : begun) {
      const bool is_it = ending.connection.id == connection.id;
      if (!is_it || ending.erasure != store::Erasure::archive) continue;
      co_await erase_kept(access, connection, ending.erasure);
    }
  } catch (const Error& error) {
    services_.log.warning("ending_not_finished",
                          {{"connection_id", connection.id.str()}, {"problem", error.message}});
  }
}

Task<void> Accounts::finish_endings() {
  const auto access = model::Access::system("finishing endings");
  std::vector<store::Ending> begun;
  try {
    const auto before = services_.clock.now() - grace_of_lost_connections;
    co_await needs_.store.connections().erase_lost(access, before, lost_at_a_time);
    begun = co_await needs_.store.connections().endings(access);
  } catch (const Error& error) {
    services_.log.warning("endings_not_listed", {{"problem", error.message}});
  }
  for (const auto& ending : begun) {
    std::function<Task<model::Connection>(Call&)> finish = [&](Call& call) {
      return finish_ending(call, ending);
    };
    try {
      co_await run_own(services_, "finish_ending", model::CallerKind::operator_, "housekeeping",
                       std::move(finish));
    } catch (const Error& error) {
      if (error.code == Errc::not_found) continue;  // added again, or another process does it
      services_.log.warning("ending_not_finished", {{"connection_id", ending.connection.id.str()},
                                                    {"problem", error.message}});
    }
  }
}

}  // namespace gmail_mcp::operation
