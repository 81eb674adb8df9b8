#include "operation/archived_reading.h"
#include "operation/history.h"
#include "resources/catalog.h"
#include "views/archive.h"

namespace gmail_mcp::resources::messages {
namespace {

using operation::Call;

Task<std::vector<views::ArchivedMessage>> read(Call& call, operation::UriParameters parameters) {
  auto page = co_await call.house().history.messages(
      call, std::move(parameters["account_id"]), std::move(parameters["email"]), most_listed, "");
  auto readings = co_await operation::read_archived(call.work_pool(), std::move(page.messages));
  std::vector<views::ArchivedMessage> list;
  for (auto& one : readings) {
    one.archived.message.body_html.reset();
    one.is_html_left_out = false;
    list.push_back(views::of(std::move(one)));
  }
  co_return list;
}

}  // namespace

operation::Resource resource() {
  return operation::resource(
      "messages://{account_id}/{email}",
      {
          .name = "messages",
          .title = "Mail with a contact",
          .description =
              "The latest 100 messages from and to one address in the local archive, in the order "
              "they came, without HTML; long texts are `truncated`",
          .toolset = operation::Toolset::history,
          .open_world = false,
      },
      read);
}

}  // namespace gmail_mcp::resources::messages
