#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct ConnectionView {
  std::string id, gmail_address, status, state, last_error;
  std::vector<std::string> scopes;
  bool is_active = false;
  Timestamp created_at{}, updated_at{};
  std::optional<Timestamp> last_used_at, token_expires_at, last_ok, last_error_at;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &ConnectionView::id),
                          field("gmail_address", &ConnectionView::gmail_address),
                          field("status", &ConnectionView::status),
                          field("state", &ConnectionView::state),
                          field("scopes", &ConnectionView::scopes),
                          field("is_active", &ConnectionView::is_active),
                          field("created_at", &ConnectionView::created_at),
                          field("updated_at", &ConnectionView::updated_at),
                          field("last_used_at", &ConnectionView::last_used_at),
                          field("token_expires_at", &ConnectionView::token_expires_at),
                          field("last_ok", &ConnectionView::last_ok),
                          field("last_error", &ConnectionView::last_error),
                          field("last_error_at", &ConnectionView::last_error_at)};
  }
};

Task<std::string> read(Call& call, operation::UriParameters parameters) {
  const auto user = co_await call.any_user(parameters["user_id"]);
  auto found = co_await call.connections(user, true);
  boost::json::array list;
  for (auto& one : found) {
    ConnectionView view;
    view.id = one.id.str();
    view.gmail_address = std::move(one.gmail_address);
    view.status = to_string(one.status);
    view.scopes = std::move(one.scopes);
    view.is_active = one.is_active();
    view.created_at = one.created_at;
    view.updated_at = one.updated_at;
    view.last_used_at = one.last_used_at;
    view.token_expires_at = one.token_expires_at;
    view.state = one.state();
    view.last_ok = one.last_ok_at;
    view.last_error = std::move(one.last_error);
    view.last_error_at = one.last_error_at;
    list.push_back(schema::to_json(view));
  }
  co_return boost::json::serialize(list);
}

}  // namespace

operation::Resource user_connections() {
  operation::Resource made;
  made.uri = "users://{user_id}/connections";
  made.info = {
      .name = "user_connections",
      .title = "Connections of a user",
      .description = "All Gmail accounts a user ever connected; an unknown user has none",
      .toolset = operation::Toolset::connections,
      .effect = operation::Effect::reads,
      .idempotent = true,
      .open_world = false,
  };
  made.mime_type = "application/json";
  made.read = read;
  return made;
}

}  // namespace gmail_mcp::resources
