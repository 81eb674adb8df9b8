#include "resources/catalog.h"
#include "views/mailbox.h"

namespace gmail_mcp::resources::gmail_profile {
namespace {

using operation::Call;

Task<model::Profile> read(Call& call, operation::UriParameters parameters) {
  auto mailbox = co_await call.mailbox(std::move(parameters["connection_id"]));
  co_return co_await mailbox->profile();
}

}  // namespace

operation::Resource resource() {
  return operation::resource("gmail://{connection_id}/profile",
                             {
                                 .name = "gmail_profile",
                                 .title = "Profile of a mailbox",
                                 .description = "Address and totals of a connected account",
                                 .toolset = operation::Toolset::read,
                             },
                             read);
}

}  // namespace gmail_mcp::resources::gmail_profile
