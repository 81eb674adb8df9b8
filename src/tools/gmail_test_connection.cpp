#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  bool verbose = false;

  static auto fields() {
    return schema::Fields{schema::field("verbose", &Args::verbose, "Also counts and settings")};
  }
};

struct Output {
  bool database_ok = false, google_oauth_ok = false;
  std::optional<std::string> database_error, google_oauth_error;
  std::string test_auth_url, database_type;
  std::optional<std::int64_t> user_count, connection_count;
  std::string google_redirect_uri;
  std::vector<std::string> google_scopes;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("database_ok", &Output::database_ok),
        field("google_oauth_ok", &Output::google_oauth_ok),
        field("database_error", &Output::database_error).omit_empty(),
        field("google_oauth_error", &Output::google_oauth_error).omit_empty(),
        field("test_auth_url", &Output::test_auth_url).omit_empty(),
        field("database_type", &Output::database_type).omit_empty(),
        field("user_count", &Output::user_count).omit_empty(),
        field("connection_count", &Output::connection_count).omit_empty(),
        field("google_redirect_uri", &Output::google_redirect_uri).omit_empty(),
        field("google_scopes", &Output::google_scopes).omit_empty(),
    };
  }
};

Task<Output> run(Call& call, Args args) {
  auto trial = co_await call.setup().try_out(args.verbose);
  Output out;
  out.database_ok = trial.database_ok;
  out.google_oauth_ok = trial.google_oauth_ok;
  out.database_error = std::move(trial.database_error);
  out.google_oauth_error = std::move(trial.google_oauth_error);
  out.test_auth_url = std::move(trial.test_auth_url);
  out.database_type = std::move(trial.database_type);
  out.user_count = trial.user_count;
  out.connection_count = trial.connection_count;
  out.google_redirect_uri = std::move(trial.google_redirect_uri);
  out.google_scopes = std::move(trial.google_scopes);
  co_return out;
}

}  // namespace

operation::Operation gmail_test_connection() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_test_connection",
          .title = "Try the set-up",
          .description = "Asks the database and shows a Google consent URL to try in a browser "
                         "(it finishes nothing). Use it when gmail_check_setup says ready but "
                         "things fail. Google itself is not called.",
          .toolset = operation::Toolset::setup,
          .effect = operation::Effect::reads,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools
