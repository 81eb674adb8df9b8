#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  std::string connection_id;
  std::string draft_id;
  std::string idempotency_key;

  static auto fields() {
    return schema::Fields{
        connection_field(&Args::connection_id),
        schema::required("draft_id", &Args::draft_id, "From gmail_list_drafts"),
        schema::field("idempotency_key", &Args::idempotency_key,
                      "Repeat a call with the same key within 24 hours and it is "
                      "sent once")
            .at_most(255),
    };
  }
};

struct Output {
  bool success = true;
  std::optional<std::string> message_id, thread_id;
  bool deduplicated = false;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("success", &Output::success), field("message_id", &Output::message_id),
        field("thread_id", &Output::thread_id), field("deduplicated", &Output::deduplicated)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto draft = checked<model::DraftId>("draft_id", std::move(args.draft_id));
  auto result = co_await call.send_draft(std::move(args.connection_id), std::move(draft),
                                         std::move(args.idempotency_key));
  Output out;
  if (result.sent.message_id) out.message_id = result.sent.message_id->str();
  if (result.sent.thread_id) out.thread_id = result.sent.thread_id->str();
  out.deduplicated = result.deduplicated;
  co_return out;
}

}  // namespace

operation::Operation gmail_send_draft() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_send_draft",
          .title = "Send a draft",
          .description = "Sends a draft as it stands; cannot be undone, so let the person see "
                         "it first. On `outcome_unknown` look into Sent before trying again.",
          .toolset = operation::Toolset::write,
          .effect = operation::Effect::sends,
          .idempotent = false,
      },
      run);
}

}  // namespace gmail_mcp::tools
