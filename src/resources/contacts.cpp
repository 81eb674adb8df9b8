#include "operation/history.h"
#include "resources/catalog.h"
#include "views/archive.h"

namespace gmail_mcp::resources::contacts {
namespace {

using operation::Call;

Task<std::vector<model::Contact>> read(Call& call, operation::UriParameters parameters) {
  return call.house().history.contacts(call, std::move(parameters["account_id"]), most_listed);
}

}  // namespace

operation::Resource resource() {
  return operation::resource(
      "contacts://{account_id}",
      {
          .name = "contacts",
          .title = "Contacts of an account",
          .description = "The 100 addresses of the local archive with the latest mail",
          .toolset = operation::Toolset::history,
          .open_world = false,
      },
      read);
}

}  // namespace gmail_mcp::resources::contacts
