#include "tools/trash_tools.h"

#include <memory>
#include <utility>

namespace gmail_mcp::tools {

namespace {

// Owns all it needs: it goes on when the caller leaves.
Task<void> change_many(mail::MailboxLease mailbox, std::vector<model::MessageId> ids,
                       TrashChange change, std::shared_ptr<std::vector<mail::Change>> changes) {
  *changes =
      co_await mailbox->modify_many(std::move(ids), mail::Provenance::given,
                                    std::move(change.add_labels), std::move(change.remove_labels));
}

}  // namespace

Task<TrashOutput> change_trash(operation::Call& call, TrashArgs args, TrashChange change) {
  auto ids = each_once(std::move(args.message_ids));
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  TrashOutput out;
  if (ids.size() == 1) {
    co_await call.commit(change.one(std::move(mailbox), std::move(ids.front())));
    out.changed = 1;
    co_return out;
  }
  auto changes = std::make_shared<std::vector<mail::Change>>();
  co_await call.commit(change_many(std::move(mailbox), std::move(ids), std::move(change), changes));
  for (auto& one : *changes) {
    ++(one.failure ? out.failed : out.changed);
    out.results.push_back(view(std::move(one)));
  }
  out.success = out.failed == 0;
  co_return out;
}

}  // namespace gmail_mcp::tools
