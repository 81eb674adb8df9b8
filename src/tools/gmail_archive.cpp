#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_archive {
namespace {

using operation::Call;

Task<Done> run(Call& call, MessageArgs args) {
  auto id = checked<model::MessageId>("message_id", std::move(args.message_id));
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  std::vector<std::string> nothing;
  std::vector<std::string> inbox{"INBOX"};
  co_await call.change(std::move(mailbox), &mail::Mailbox::modify_labels, std::move(id),
                       std::move(nothing), std::move(inbox));
  co_return Done{};
}

}  // namespace

operation::Operation tool() {
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

}  // namespace gmail_mcp::tools::gmail_archive
