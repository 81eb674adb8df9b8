#include "operation/history.h"
#include "resources/catalog.h"
#include "views/archive.h"

namespace gmail_mcp::resources::conversations {
namespace {

using operation::Call;

Task<std::vector<model::Conversation>> read(Call& call, operation::UriParameters parameters) {
  auto page = co_await call.house().history.conversations(call, std::move(parameters["account_id"]),
                                                          most_listed, "");
  co_return std::move(page.conversations);
}

}  // namespace

operation::Resource resource() {
  return operation::resource("conversations://{account_id}",
                             {
                                 .name = "conversations",
                                 .title = "Conversations of an account",
                                 .description = "The latest 100 threads of the local archive",
                                 .toolset = operation::Toolset::history,
                                 .open_world = false,
                             },
                             read);
}

}  // namespace gmail_mcp::resources::conversations
