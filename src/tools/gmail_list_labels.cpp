#include "tools/arguments.h"
#include "tools/catalog.h"
#include "views/mailbox.h"

namespace gmail_mcp::tools::gmail_list_labels {
namespace {

using operation::Call;

struct Output {
  std::vector<views::Label> labels;
  Timestamp as_of;

  static auto fields() {
    return schema::Fields{schema::field("labels", &Output::labels),
                          schema::field("as_of", &Output::as_of)};
  }
};

Task<Output> run(Call& call, ConnectionArgs args) {
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  auto labels = co_await mailbox->labels();
  Output out;
  out.as_of = call.clock().now();
  out.labels.reserve(labels.size());
  for (auto& one : labels) {
    if (one.counted_at) out.as_of = std::min(out.as_of, *one.counted_at);
    out.labels.push_back(views::of(std::move(one)));
  }
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<ConnectionArgs, Output>(
      {
          .name = "gmail_list_labels",
          .title = "List labels",
          .description =
              "All labels with their ids and how many messages, and unread ones, "
              "they held at `as_of`. Tools that take labels accept names as well as ids.",
          .toolset = operation::Toolset::read,
          .effect = operation::Effect::reads,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_list_labels
