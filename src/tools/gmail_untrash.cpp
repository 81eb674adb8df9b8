#include "tools/catalog.h"
#include "tools/trash_tools.h"

namespace gmail_mcp::tools::gmail_untrash {
namespace {

using operation::Call;

Task<TrashOutput> run(Call& call, TrashArgs args) {
  TrashChange change;
  change.one = &mail::Mailbox::untrash;
  change.remove_labels = {"TRASH"};
  co_return co_await change_trash(call, std::move(args), std::move(change));
}

}  // namespace

operation::Operation tool() {
  return operation::operation<TrashArgs, TrashOutput>(
      {
          .name = "gmail_untrash",
          .title = "Take messages out of the trash",
          .description =
              "Undoes gmail_trash, for one message or up to 1,000. They are back in All Mail; "
              "add INBOX for the inbox, too.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::changes,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_untrash
