#include "tools/catalog.h"
#include "tools/trash_tools.h"

namespace gmail_mcp::tools::gmail_trash {
namespace {

using operation::Call;

Task<TrashOutput> run(Call& call, TrashArgs args) {
  TrashChange change;
  change.one = &mail::Mailbox::trash;
  change.add_labels = {"TRASH"};
  change.remove_labels = {"INBOX"};
  co_return co_await change_trash(call, std::move(args), std::move(change));
}

}  // namespace

operation::Operation tool() {
  return operation::operation<TrashArgs, TrashOutput>(
      {
          .name = "gmail_trash",
          .title = "Move messages to the trash",
          .description =
              "Moves one message or up to 1,000 to the trash, where Gmail deletes them after 30 "
              "days. Until then gmail_untrash brings them back.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::changes,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_trash
