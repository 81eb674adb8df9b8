#include "tools/arguments.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  std::string connection_id;

  static auto fields() { return schema::Fields{connection_field(&Args::connection_id)}; }
};

struct LabelView {
  std::string id, name, type;
  std::optional<std::int64_t> message_count, unread_count;
  std::string color;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &LabelView::id),
                          field("name", &LabelView::name),
                          field("type", &LabelView::type),
                          field("message_count", &LabelView::message_count),
                          field("unread_count", &LabelView::unread_count),
                          field("color", &LabelView::color).omit_empty()};
  }
};

struct Output {
  std::vector<LabelView> labels;
  Timestamp as_of;

  static auto fields() {
    return schema::Fields{schema::field("labels", &Output::labels),
                          schema::field("as_of", &Output::as_of)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  auto labels = co_await mailbox->labels();
  Output out;
  out.as_of = call.clock().now();
  out.labels.reserve(labels.size());
  for (auto& one : labels) {
    LabelView view;
    view.id = one.id.str();
    view.name = std::move(one.name);
    view.type = one.is_system ? "system" : "user";
    view.message_count = one.messages_total;
    view.unread_count = one.messages_unread;
    view.color = std::move(one.background_color);
    if (one.counted_at) out.as_of = std::min(out.as_of, *one.counted_at);
    out.labels.push_back(std::move(view));
  }
  co_return out;
}

}  // namespace

operation::Operation gmail_list_labels() {
  return operation::operation<Args, Output>(
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

}  // namespace gmail_mcp::tools
