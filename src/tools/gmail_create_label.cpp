#include "tools/arguments.h"
#include "tools/catalog.h"
#include "tools/label_args.h"

namespace gmail_mcp::tools::gmail_create_label {
namespace {

using operation::Call;

struct Args : LabelLooks {
  std::string connection_id;
  std::string name;

  static auto fields() {
    return schema::Fields{
               connection_field(&Args::connection_id),
               schema::required("name", &Args::name, "\"Work/Clients\" is within \"Work\"")
                   .range(1, 1'000),
           } +
           label_looks_fields<Args>();
  }
};

Task<ChangedLabel> run(Call& call, Args args) {
  auto name = std::move(args.name);
  auto connection = std::move(args.connection_id);
  auto wish = label_wish(std::move(args));
  wish.name = std::move(name);
  auto mailbox = co_await call.mailbox(std::move(connection));
  auto made =
      co_await call.change(std::move(mailbox), &mail::Mailbox::create_label, std::move(wish));
  co_return view(std::move(made));
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, ChangedLabel>(
      {
          .name = "gmail_create_label",
          .title = "Make a label",
          .description = "Makes a label. Colours and visibility need an account connected with "
                         "Google. gmail_delete_label undoes it.",
          .toolset = operation::Toolset::organize,
          .effect = operation::Effect::changes,
          .idempotent = false,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_create_label
