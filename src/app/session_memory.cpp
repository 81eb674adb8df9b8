#include "app/session_memory.h"

#include <utility>

#include "surface/mcp.h"

namespace gmail_mcp::app {

store::McpSessionChange StoredSessions::row_of(mcp::SessionChange change) const {
  store::McpSessionChange row;
  row.name = std::move(change.name);
  row.owner = change.principal->shareholder();
  row.person = static_cast<const surface::CallerPrincipal&>(*change.principal).caller.only_user;
  row.sealed_with = keys_.at(change.key);
  row.log_level = std::move(change.log_level);
  row.watched = std::move(change.watched);
  row.unwatched = std::move(change.unwatched);
  return row;
}

Task<std::optional<mcp::RememberedSession>> StoredSessions::load(std::string name) {
  auto row = co_await store_.find(std::move(name));
  std::optional<mcp::RememberedSession> session;
  if (row) {
    session.emplace();
    session->ended = row->ended;
    session->used = row->used;
    session->log_level = std::move(row->log_level);
    session->watched = std::move(row->watched);
  }
  co_return session;
}

Task<void> StoredSessions::keep(mcp::SessionChange change) {
  auto row = row_of(std::move(change));
  co_await store_.keep(std::move(row));
}

Task<void> StoredSessions::end(mcp::SessionChange session) {
  auto row = row_of(std::move(session));
  co_await store_.end(std::move(row));
}

operation::News::Listener sessions_of(mcp::StreamableHttp& http) {
  return {.is_wanted = [&http] { return http.sessions() > 0; },
          .mailbox = [](const model::MailboxNews&) {},
          .connection = {},
          .session_changed = [&http](const std::string& name) { http.changed_elsewhere(name); },
          .session_ended = [&http](const std::string& name) { http.ended_elsewhere(name); },
          .missed = [&http] { http.all_may_have_changed(); }};
}

}  // namespace gmail_mcp::app
