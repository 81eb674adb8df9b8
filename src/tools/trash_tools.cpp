#include "tools/trash_tools.h"

#include <utility>

namespace gmail_mcp::tools {

Task<TrashOutput> change_trash(operation::Call& call, TrashArgs args, TrashChange change) {
  auto ids = each_once(std::move(args.message_ids));
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  TrashOutput out;
  if (ids.size() == 1) {
    co_await call.change(std::move(mailbox), change.one, std::move(ids.front()));
    out.changed = 1;
    co_return out;
  }
  auto changes = co_await call.change(
      std::move(mailbox), &mail::Mailbox::modify_many, std::move(ids), mail::Provenance::given,
      std::move(change.add_labels), std::move(change.remove_labels));
  for (auto& one : changes) {
    ++(one.failure ? out.failed : out.changed);
    out.results.push_back(view(std::move(one)));
  }
  out.success = out.failed == 0;
  co_return out;
}

}  // namespace gmail_mcp::tools
