#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/label_args.h"
#include "tools/label_names.h"

namespace gmail_mcp::tools::gmail_update_label {
namespace {

using operation::Call;

struct Args : LabelLooks {
  std::string connection_id;
  std::string label, name;

  static auto fields() {
    return schema::Fields{
               connection_field(&Args::connection_id),
               schema::required("label", &Args::label, "Id or name").range(1, 1'000),
               schema::field("name", &Args::name, "The new one").at_most(1'000),
           } +
           label_looks_fields<Args>();
  }
};

Task<ChangedLabel> run(Call& call, Args args) {
  LabelWords given;
  given.add_labels.push_back(std::move(args.label));
  auto connection = std::move(args.connection_id);
  auto name = std::move(args.name);
  auto wish = label_wish(std::move(args));
  if (!name.empty()) wish.name = std::move(name);
  if (!wish.name && !wish.background_color && !wish.text_color && !wish.in_label_list &&
      !wish.in_message_list) {
    throw Error{Errc::invalid_argument, "Nothing says what is to change of the label.",
                "Give name, a colour or where it is shown."};
  }
  auto mailbox = co_await call.mailbox(std::move(connection));
  auto id = co_await label_id(*mailbox, given.add_labels.front());
  LabelWords ids;
  ids.add_labels.push_back(std::move(id));
  const LabelChange<model::Label> update = [wish](mail::Mailbox& box, LabelWords words) {
    model::LabelId changed{std::move(words.add_labels.front())};
    return box.update_label(std::move(changed), wish);
  };
  auto changed = co_await call.commit(
      with_labels(std::move(mailbox), std::move(given), std::move(ids), Errc::not_found, update));
  co_return view(std::move(changed));
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, ChangedLabel>(
      {
          .name = "gmail_update_label",
          .title = "Change a label",
          .description =
              "Renames a label, with the labels within it, or changes how it looks; what "
              "is not given stays. Go on with the `id` of the answer, which may be "
              "new.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::changes,
          .idempotent = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_update_label
