#include "tools/catalog.h"
#include "tools/drafts.h"
#include "tools/sending.h"

namespace gmail_mcp::tools::gmail_send_draft {
namespace {

using operation::Call;

struct Args : DraftArgs {
  std::string idempotency_key;

  static auto fields() {
    return schema::Fields<Args>{DraftArgs::fields()} +
           schema::Fields{
               schema::field("idempotency_key", &Args::idempotency_key, "As in gmail_send")
                   .at_most(255)};
  }
};

Task<SentOutput> run(Call& call, Args args) {
  auto draft = checked<model::DraftId>("draft_id", std::move(args.draft_id));
  const auto result = co_await call.house().mail.send_draft(
      call, std::move(args.connection_id), std::move(draft), std::move(args.idempotency_key));
  co_return sent_output(result);
}

}  // namespace

operation::Operation tool() {
  return sending_operation<Args>(
      {
          .name = "gmail_send_draft",
          .title = "Send a draft",
          .description = "Sends a draft as it stands; cannot be undone. Answers as gmail_send.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
          .idempotent = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_send_draft
