#include "operation/accounts.h"
#include "tools/catalog.h"

namespace gmail_mcp::tools::gmail_get_auth_url {
namespace {

using operation::Call;

struct Args {
  std::optional<std::string> user_id;
  std::vector<std::string> scopes;
  std::string redirect_uri;
  std::string return_url;
  std::string expected_email;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("user_id", &Args::user_id, "Your application's own id of the user").range(1, 255),
        field("scopes", &Args::scopes,
              "Gmail scopes as URLs or short names (gmail.readonly); default: read, send, modify")
            .one_or_many()
            .at_most(32),
        field("redirect_uri", &Args::redirect_uri, "One of the configured redirect URIs")
            .at_most(2048),
        field("return_url", &Args::return_url,
              "Where the person goes afterwards; must be configured")
            .at_most(2048),
        field("expected_email", &Args::expected_email, "Refuse any other Google account")
            .at_most(320),
    };
  }
};

struct Output {
  std::string auth_url, state, connect_url;
  std::int64_t expires_in = 0;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("auth_url", &Output::auth_url), field("state", &Output::state),
                          field("expires_in", &Output::expires_in),
                          field("connect_url", &Output::connect_url)};
  }
};

Task<Output> run(Call& call, Args args) {
  model::FlowRequest request;
  request.user = co_await call.user(args.user_id);
  request.scopes = std::move(args.scopes);
  request.redirect_uri = std::move(args.redirect_uri);
  request.return_url = std::move(args.return_url);
  request.expected_email = std::move(args.expected_email);
  auto start = co_await call.house().accounts.begin(call, std::move(request));
  Output out;
  out.auth_url = std::move(start.auth_url);
  out.state = std::move(start.state);
  out.connect_url = std::move(start.connect_url);
  out.expires_in = start.expires_in.count();
  co_return out;
}

}  // namespace

operation::Operation tool() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_get_auth_url",
          .title = "Get a link to connect Gmail",
          .description = "Begins connecting a Gmail account of a user. Show the person "
                         "`connect_url` (explains, then goes to Google) or `auth_url` (Google's "
                         "consent page; ours for an App Password where no Google client is set "
                         "up). Both work once, for `expires_in` seconds. Nothing is "
                         "connected until they agree.",
          .toolset = operation::Toolset::connections,
          .effect = operation::Effect::changes,
          .open_world = true,
      },
      run);
}

}  // namespace gmail_mcp::tools::gmail_get_auth_url
