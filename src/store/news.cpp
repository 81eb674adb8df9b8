#include "store/news.h"

#include <set>
#include <string>

#include "model/message.h"

namespace gmail_mcp::store {

std::optional<model::MailboxNews> news_of(const model::ConnectionId& id, const ArchiveStep& step,
                                          const std::vector<model::MessageId>& added) {
  const std::set<model::MessageId> fresh(added.begin(), added.end());
  std::set<std::string> correspondents;
  model::MailboxNews news;
  for (const auto& one : step.added) {
    const auto& message = one.archived.message;
    if (!fresh.contains(message.id) || !model::is_shown(message.labels)) continue;
    ++news.added;
    for (const auto& person : one.correspondents) correspondents.insert(person.email);
  }
  if (news.added == 0 && step.removed.empty() && step.relabelled.empty()) return std::nullopt;
  news.connection = id;
  news.correspondents.assign(correspondents.begin(), correspondents.end());
  return news;
}

}  // namespace gmail_mcp::store
