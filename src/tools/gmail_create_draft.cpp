#include "operation/mail.h"
#include "tools/catalog.h"
#include "tools/new_message_args.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args : NewMessageArgs {
  static auto fields() { return new_message_fields<Args>(); }
};

struct Output {
  std::string draft_id;
  std::optional<std::string> message_id, thread_id;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("draft_id", &Output::draft_id),
                          field("message_id", &Output::message_id),
                          field("thread_id", &Output::thread_id)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto connection = std::move(args.connection_id);
  auto message = new_message(std::move(args));
  auto saved =
      co_await call.house().mail.create_draft(call, std::move(connection), std::move(message));
  Output out;
  out.draft_id = saved.id.str();
  if (saved.sent.message_id) out.message_id = saved.sent.message_id->str();
  if (saved.sent.thread_id) out.thread_id = saved.sent.thread_id->str();
  co_return out;
}

}  // namespace

operation::Operation gmail_create_draft() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_create_draft",
          .title = "Write a draft",
          .description = "Keeps a message as a draft for the person to look at; nothing is "
                         "sent: gmail_send_draft sends it, "
                         "gmail_delete_draft undoes it.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::changes,
          .idempotent = false,
      },
      run);
}

}  // namespace gmail_mcp::tools
