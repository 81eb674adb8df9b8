#include "tools/trash_tools.h"

#include <utility>

#include "tools/in_portions.h"

namespace gmail_mcp::tools {

namespace {

Task<std::vector<mail::Change>> change_many(mail::MailboxLease mailbox,
                                            std::vector<model::MessageId> ids, TrashChange change,
                                            std::shared_ptr<Steps> steps) {
  co_return co_await modify_in_portions(*mailbox, std::move(ids), mail::Provenance::given,
                                        std::move(change.add_labels),
                                        std::move(change.remove_labels), std::move(steps));
}

}  // namespace

Task<TrashOutput> change_trash(operation::Call& call, TrashArgs args, TrashChange change) {
  auto ids = each_once(std::move(args.message_ids));
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  TrashOutput out;
  if (ids.size() == 1) {
    co_await call.change(std::move(mailbox), change.one, std::move(ids.front()));
    out.changed = 1;
    co_return out;
  }
  const auto executor = co_await current_executor();
  const auto steps = std::make_shared<Steps>(executor);
  auto tell = tell_changed(call, ids.size());
  auto changes = co_await while_telling(
      steps, std::move(tell),
      call.commit(change_many(std::move(mailbox), std::move(ids), std::move(change), steps)));
  for (auto& one : changes) {
    ++(one.failure ? out.failed : out.changed);
    out.results.push_back(view(std::move(one)));
  }
  out.success = out.failed == 0;
  co_return out;
}

}  // namespace gmail_mcp::tools
