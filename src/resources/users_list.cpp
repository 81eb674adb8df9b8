#include "operation/accounts.h"
#include "resources/catalog.h"

namespace gmail_mcp::resources::users_list {
namespace {

using operation::Call;

constexpr std::int64_t most_users = 10'000;

struct UserView {
  std::string id, external_user_id;
  std::optional<std::string> email;
  std::int64_t connection_count = 0;  // active ones
  Timestamp created_at{};

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("id", &UserView::id), field("external_user_id", &UserView::external_user_id),
        field("email", &UserView::email), field("connection_count", &UserView::connection_count),
        field("created_at", &UserView::created_at)};
  }
};

Task<std::vector<UserView>> read(Call& call, operation::UriParameters /*parameters*/) {
  auto found = co_await call.house().accounts.users(call, most_users);
  std::vector<UserView> list;
  for (auto& one : found) {
    auto& view = list.emplace_back();
    view.id = one.user.id.str();
    view.external_user_id = one.user.external_id.str();
    if (!one.user.email.empty()) view.email = std::move(one.user.email);
    view.connection_count = one.active_connections;
    view.created_at = one.user.created_at;
  }
  co_return list;
}

}  // namespace

operation::Resource resource() {
  return operation::resource(
      "users://list",
      {
          .name = "users_list",
          .title = "Users",
          .description = "The users you may act for, newest first, at most 10,000",
          .toolset = operation::Toolset::connections,
          .open_world = false,
      },
      read);
}

}  // namespace gmail_mcp::resources::users_list
