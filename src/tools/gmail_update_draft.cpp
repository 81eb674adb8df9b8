#include "operation/mail.h"
#include "tools/catalog.h"
#include "tools/drafts.h"
#include "tools/new_message_args.h"

namespace gmail_mcp::tools::gmail_update_draft {
namespace {

using operation::Call;
using Texts = std::vector<std::string>;

struct Args : DraftArgs {
  std::optional<Texts> to, cc, bcc;
  std::optional<std::string> subject, body, body_html;
  std::optional<std::vector<AttachmentArg>> attachments;
  std::optional<std::string> reply_to_message_id;

  static auto fields() {
    using schema::field;
    return schema::Fields<Args>{DraftArgs::fields()} +
           schema::Fields{
               field("to", &Args::to).one_or_many().at_most(500),
               field("subject", &Args::subject).at_most(2000),
               field("body", &Args::body, "Alone, the draft loses its HTML"),
               field("body_html", &Args::body_html),
               field("cc", &Args::cc).one_or_many().at_most(500),
               field("bcc", &Args::bcc).one_or_many().at_most(500),
               field("attachments", &Args::attachments, "All of them; [] leaves none").at_most(100),
               field("reply_to_message_id", &Args::reply_to_message_id,
                     "Makes it an answer to this message"),
           };
  }
};

model::DraftChange change_of(Args args) {
  model::DraftChange change;
  change.to = std::move(args.to);
  change.cc = std::move(args.cc);
  change.bcc = std::move(args.bcc);
  change.subject = std::move(args.subject);
  change.body = std::move(args.body);
  change.body_html = std::move(args.body_html);
  if (args.attachments) change.attachments = new_attachments(std::move(*args.attachments));
  if (args.reply_to_message_id && !args.reply_to_message_id->empty()) {
    change.reply_to_message_id =
        checked<model::MessageId>("reply_to_message_id", std::move(*args.reply_to_message_id));
  }
  return change;
}

Task<SavedDraft> run(Call& call, Args args) {
  auto draft = checked<model::DraftId>("draft_id", std::move(args.draft_id));
  auto connection = std::move(args.connection_id);
  auto change = change_of(std::move(args));
  const auto saved = co_await call.house().mail.change_draft(call, std::move(connection),
                                                             std::move(draft), std::move(change));
  co_return saved_draft(saved);
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, SavedDraft>(
      {
          .name = "gmail_update_draft",
          .title = "Change a draft",
          .description = "Changes what is given of a draft; what is replaced is lost. Go on "
                         "with the answer's `draft_id`, which may be new.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::destroys,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_update_draft
