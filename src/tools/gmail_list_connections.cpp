#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  std::optional<std::string> user_id;
  bool include_inactive = false;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("user_id", &Args::user_id, "Only this user's").at_most(255),
        field("include_inactive", &Args::include_inactive, "Also those that need reconnecting"),
    };
  }
};

struct ConnectionView {
  std::string id, user_id, gmail_address, kind, status, state;
  std::vector<std::string> scopes;
  bool is_active = false;
  Timestamp created_at{};
  std::optional<Timestamp> last_used_at, last_ok, last_error_at;
  std::string last_error;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("id", &ConnectionView::id),
                          field("user_id", &ConnectionView::user_id),
                          field("gmail_address", &ConnectionView::gmail_address),
                          field("kind", &ConnectionView::kind),
                          field("status", &ConnectionView::status),
                          field("state", &ConnectionView::state),
                          field("scopes", &ConnectionView::scopes),
                          field("is_active", &ConnectionView::is_active),
                          field("created_at", &ConnectionView::created_at),
                          field("last_used_at", &ConnectionView::last_used_at),
                          field("last_ok", &ConnectionView::last_ok),
                          field("last_error", &ConnectionView::last_error),
                          field("last_error_at", &ConnectionView::last_error_at)};
  }
};

struct Output {
  std::vector<ConnectionView> connections;

  static auto fields() {
    return schema::Fields{schema::field("connections", &Output::connections)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto user = co_await call.any_user(args.user_id);
  auto found = co_await call.connections(std::move(user), args.include_inactive);
  Output out;
  out.connections.reserve(found.size());
  for (auto& one : found) {
    ConnectionView view;
    view.id = one.id.str();
    view.user_id = one.external_user_id.str();
    view.gmail_address = std::move(one.gmail_address);
    view.kind = to_string(one.kind);
    view.status = to_string(one.status);
    view.scopes = std::move(one.scopes);
    view.is_active = one.is_active();
    view.created_at = one.created_at;
    view.last_used_at = one.last_used_at;
    view.state = one.state();
    view.last_ok = one.last_ok_at;
    view.last_error = std::move(one.last_error);
    view.last_error_at = one.last_error_at;
    out.connections.push_back(std::move(view));
  }
  co_return out;
}

}  // namespace

operation::Operation gmail_list_connections() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_list_connections",
          .title = "List connected Gmail accounts",
          .description =
              "The Gmail accounts you may use, newest first. Start here: other tools need "
              "a connection's `id`. `state` says how it does: working, failing (see `last_error`), "
              "untried, reconnect_required. An unknown user has none.",
          .toolset = operation::Toolset::connections,
          .effect = operation::Effect::reads,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools
