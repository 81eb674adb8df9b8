#include "tools/catalog.h"
#include "views/mailbox.h"

namespace gmail_mcp::tools::gmail_list_connections {
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

struct Output {
  std::vector<views::Connection> connections;

  static auto fields() {
    return schema::Fields{schema::field("connections", &Output::connections)};
  }
};

Task<Output> run(Call& call, Args args) {
  auto user = co_await call.any_user(args.user_id);
  auto found = co_await call.connections(std::move(user), args.include_inactive);
  Output out;
  out.connections.reserve(found.size());
  for (auto& one : found) out.connections.push_back(views::of(std::move(one)));
  co_return out;
}

}  // namespace

operation::Operation tool() {
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

}  // namespace gmail_mcp::tools::gmail_list_connections
