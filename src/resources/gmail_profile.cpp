#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct ProfileView {
  std::string email_address;
  std::int64_t messages_total = 0, threads_total = 0;
  std::string history_id;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("email_address", &ProfileView::email_address),
                          field("messages_total", &ProfileView::messages_total),
                          field("threads_total", &ProfileView::threads_total),
                          field("history_id", &ProfileView::history_id)};
  }
};

Task<std::string> read(Call& call, operation::UriParameters parameters) {
  auto mailbox = co_await call.mailbox(std::move(parameters["connection_id"]));
  auto profile = co_await mailbox->profile();
  ProfileView view{std::move(profile.email_address), profile.messages_total, profile.threads_total,
                   std::move(profile.history_id)};
  co_return schema::to_json_text(view);
}

}  // namespace

operation::Resource gmail_profile() {
  operation::Resource made;
  made.uri = "gmail://{connection_id}/profile";
  made.info = {
      .name = "gmail_profile",
      .title = "Profile of a mailbox",
      .description = "Address and totals of a connected account",
      .toolset = operation::Toolset::read,
      .effect = operation::Effect::reads,
      .idempotent = true,
  };
  made.mime_type = "application/json";
  made.read = read;
  return made;
}

}  // namespace gmail_mcp::resources
