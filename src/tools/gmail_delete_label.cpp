#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/label_names.h"

namespace gmail_mcp::tools::gmail_delete_label {
namespace {

using operation::Call;

struct Args {
  std::string connection_id;
  std::string label;

  static auto fields() {
    return schema::Fields{
        connection_field(&Args::connection_id),
        schema::required("label", &Args::label, "Id or name").range(1, 1'000),
    };
  }
};

struct Output {
  bool success = true;
  std::string name;
  std::optional<std::int64_t> messages_unlabelled;
  std::vector<std::string> labels_within;  // these stay

  static auto fields() {
    using schema::field;
    return schema::Fields{field("success", &Output::success), field("name", &Output::name),
                          field("messages_unlabelled", &Output::messages_unlabelled),
                          field("labels_within", &Output::labels_within).omit_empty()};
  }
};

Task<Output> run(Call& call, Args args) {
  auto mailbox = co_await call.mailbox(std::move(args.connection_id));
  LabelWords given;
  given.add_labels.push_back(std::move(args.label));
  auto id = co_await label_id(*mailbox, given.add_labels.front());
  LabelWords ids;
  ids.add_labels.push_back(std::move(id));
  const auto labels = co_await mailbox->label_names();
  const LabelChange<model::Label> erase = [](mail::Mailbox& box, LabelWords words) {
    model::LabelId erased{std::move(words.add_labels.front())};
    return box.delete_label(std::move(erased));
  };
  auto gone = co_await call.commit(
      with_labels(std::move(mailbox), std::move(given), std::move(ids), Errc::not_found, erase));
  Output out;
  const auto prefix = gone.name + "/";
  for (const auto& label : labels) {
    if (label.name.starts_with(prefix)) out.labels_within.push_back(label.name);
  }
  out.messages_unlabelled = gone.messages_total;
  out.name = std::move(gone.name);
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_delete_label",
          .title = "Delete a label",
          .description = "Deletes a label: cannot be undone. Its messages stay without it; "
                         "`messages_unlabelled` is how many. Labels within it stay, too.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::destroys,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_delete_label
