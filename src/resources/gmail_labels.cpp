#include "resources/catalog.h"
#include "views/mailbox.h"

namespace gmail_mcp::resources::gmail_labels {
namespace {

using operation::Call;

Task<std::vector<views::Label>> read(Call& call, operation::UriParameters parameters) {
  auto mailbox = co_await call.mailbox(std::move(parameters["connection_id"]));
  auto labels = co_await mailbox->labels();
  std::vector<views::Label> list;
  for (auto& one : labels) list.push_back(views::of(std::move(one)));
  co_return list;
}

}  // namespace

operation::Resource resource() {
  return operation::resource("gmail://{connection_id}/labels",
                             {
                                 .name = "gmail_labels",
                                 .title = "Labels of a mailbox",
                                 .description = "System and user labels with their ids",
                                 .toolset = operation::Toolset::read,
                             },
                             read);
}

}  // namespace gmail_mcp::resources::gmail_labels
