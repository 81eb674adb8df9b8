#include "operation/accounts.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_handle_oauth_callback {
namespace {

using operation::Call;

struct Args {
  std::string code;
  std::string state;

  static auto fields() {
    using schema::required;
    return schema::Fields{
        required("code", &Args::code, "The `code` Google put into the redirect").range(1, 2048),
        required("state", &Args::state, "The `state` of that redirect")
            .alias("state_param")
            .range(1, 512),
    };
  }
};

struct Output {
  bool success = true;
  std::optional<std::string> connection_id, user_id, gmail_address, error;
  std::vector<std::string> missing_scopes;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("success", &Output::success),
        field("connection_id", &Output::connection_id),
        field("user_id", &Output::user_id),
        field("gmail_address", &Output::gmail_address),
        field("error", &Output::error),
        field("missing_scopes", &Output::missing_scopes, "Asked for, and not allowed")
            .omit_empty()};
  }
};

Task<Output> run(Call& call, Args args) {
  auto end =
      co_await call.house().accounts.finish(call, std::move(args.state), std::move(args.code));
  Output out;
  out.connection_id = end.connection.id.str();
  out.user_id = end.connection.external_user_id.str();
  out.gmail_address = std::move(end.connection.gmail_address);
  out.missing_scopes = std::move(end.missing);
  co_return out;
}

boost::json::object failure_keys(Errc /*code*/) {
  boost::json::object keys;
  keys["connection_id"] = nullptr;
  keys["user_id"] = nullptr;
  keys["gmail_address"] = nullptr;
  return keys;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_handle_oauth_callback",
          .title = "Finish connecting Gmail",
          .description =
              "Finishes what gmail_get_auth_url began, when Google redirected to your own "
              "page with `code` and `state`. Not needed when the redirect came to this "
              "server. Each state works once.",
          .toolset = operation::Toolset::connections,
          .effect = operation::Effect::changes,
          .open_world = true,
      },
      run, failure_keys);
}

}  // namespace gmail_mcp::tools::gmail_handle_oauth_callback
