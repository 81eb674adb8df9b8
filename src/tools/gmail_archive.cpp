#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

// Owns all it needs: it goes on when the caller leaves.
Task<void> change(mail::MailboxLease mailbox, model::MessageId id) {
  std::vector<std::string> nothing;
  std::vector<std::string> inbox{"INBOX"};
  co_await mailbox->modify_labels(std::move(id), std::move(nothing), std::move(inbox));
}

Task<Done> run(Call& call, MessageArgs args) {
  auto id = checked<model::MessageId>("message_id", std::move(args.message_id));
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  co_await call.commit(change(std::move(mailbox), std::move(id)));
  co_return Done{};
}

}  // namespace

operation::Operation gmail_archive() {
  return operation::operation<MessageArgs, Done>(
      {
          .name = "gmail_archive",
          .title = "Archive a message",
          .description = "Takes one message out of the inbox; it stays in All Mail and is found "
                         "by search. Undone by gmail_modify_labels with add_labels INBOX; for "
                         "many use gmail_batch_modify_labels.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::changes,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools
