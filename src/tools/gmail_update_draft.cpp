#include "tools/catalog.h"
#include "tools/new_message_args.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args : NewMessageArgs {
  std::string draft_id;

  static auto fields() {
    return schema::Fields{schema::required("draft_id", &Args::draft_id, "From gmail_list_drafts")} +
           new_message_fields<Args>();
  }
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
  auto draft = checked<model::DraftId>("draft_id", std::move(args.draft_id));
  auto connection = std::move(args.connection_id);
  auto message = new_message(std::move(args));
  auto saved =
      co_await call.save_draft(std::move(connection), std::move(message), std::move(draft));
  Output out;
  out.draft_id = saved.id.str();
  if (saved.sent.message_id) out.message_id = saved.sent.message_id->str();
  if (saved.sent.thread_id) out.thread_id = saved.sent.thread_id->str();
  co_return out;
}

}  // namespace

operation::Operation gmail_update_draft() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_update_draft",
          .title = "Change a draft",
          .description = "Replaces a whole draft: give all of it again, reply_to_message_id and "
                         "attachments too. The old text is lost. Go on with the `draft_id` of "
                         "the answer, which may be new.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::destroys,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools
