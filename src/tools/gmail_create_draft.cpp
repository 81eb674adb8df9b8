#include "operation/mail.h"
#include "tools/catalog.h"
#include "tools/drafts.h"
#include "tools/new_message_args.h"

namespace gmail_mcp::tools::gmail_create_draft {
namespace {

using operation::Call;

Task<SavedDraft> run(Call& call, NewMessageArgs args) {
  auto connection = std::move(args.connection_id);
  auto message = new_message(std::move(args));
  const auto saved =
      co_await call.house().mail.create_draft(call, std::move(connection), std::move(message));
  co_return saved_draft(saved);
}

}  // namespace

operation::Operation tool() {
  return operation::operation<NewMessageArgs, SavedDraft>(
      {
          .name = "gmail_create_draft",
          .title = "Write a draft",
          .description = "Keeps a message as a draft for the person to look at; "
                         "gmail_send_draft sends it.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::changes,
          .idempotent = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_create_draft
