#include "tools/catalog.h"
#include "tools/drafts.h"

namespace gmail_mcp::tools::gmail_delete_draft {
namespace {

using operation::Call;

Task<Done> run(Call& call, DraftArgs args) {
  auto id = checked<model::DraftId>("draft_id", std::move(args.draft_id));
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  co_await call.change(std::move(mailbox), &mail::Mailbox::delete_draft, std::move(id));
  co_return Done{};
}

}  // namespace

operation::Operation tool() {
  return operation::operation<DraftArgs, Done>(
      {
          .name = "gmail_delete_draft",
          .title = "Delete a draft",
          .description = "Deletes a draft for good, not into the trash: cannot be undone. For "
                         "messages use gmail_trash.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::destroys,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_delete_draft
