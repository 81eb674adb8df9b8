#include "resources/catalog.h"
#include "views/mailbox.h"

namespace gmail_mcp::resources::user_connections {
namespace {

using operation::Call;

struct UserConnection : views::Connection {
  Timestamp updated_at{};
  std::optional<Timestamp> token_expires_at;

  static auto fields() {
    using schema::field;
    return schema::Fields<UserConnection>{Connection::fields()} +
           schema::Fields{field("updated_at", &UserConnection::updated_at),
                          field("token_expires_at", &UserConnection::token_expires_at)};
  }
};

Task<std::vector<UserConnection>> read(Call& call, operation::UriParameters parameters) {
  const auto user = co_await call.any_user(parameters["user_id"]);
  auto found = co_await call.connections(user, true);
  std::vector<UserConnection> list;
  for (auto& one : found) {
    auto& shown = list.emplace_back();
    shown.updated_at = one.updated_at;
    shown.token_expires_at = one.token_expires_at;
    static_cast<views::Connection&>(shown) = views::of(std::move(one));
  }
  co_return list;
}

}  // namespace

operation::Resource resource() {
  return operation::resource(
      "users://{user_id}/connections",
      {
          .name = "user_connections",
          .title = "Connections of a user",
          .description = "All Gmail accounts a user ever connected; an unknown user has none",
          .toolset = operation::Toolset::connections,
          .open_world = false,
      },
      read);
}

}  // namespace gmail_mcp::resources::user_connections
