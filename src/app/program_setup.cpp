// The operations of the operator's tools on the program itself.
#include "app/program.h"
#include "google/oauth.h"
#include "google/scopes.h"

namespace gmail_mcp::app {

namespace {

constexpr std::int64_t most_users_counted = 100'000;

std::string test_url(const setup::Settings& settings) {
  google::ConsentRequest request;
  request.redirect_uri = settings.effective_redirect_uris().front();
  for (const auto& scope : settings.google.scopes) {
    request.scopes.push_back(google::full_scope(scope).value_or(scope));
  }
  request.scopes = google::with_identity(std::move(request.scopes));
  request.state = "test_state";
  request.code_challenge = "test_challenge";
  const google::OAuthClient client{settings.google.client_id, settings.google.client_secret};
  return google::consent_url(settings.google.endpoints(), client, request);
}

}  // namespace

Task<setup::Trial> Program::try_out(bool verbose) {
  setup::Trial trial;
  const auto access = model::Access::system("gmail_test_connection");
  if (store_) {
    try {
      const auto users = co_await store_->users().list(access, most_users_counted);
      trial.database_ok = true;
      if (verbose) {
        trial.user_count = static_cast<std::int64_t>(users.size());
        std::int64_t connections = 0;
        for (const auto& one : users) connections += one.active_connections;
        trial.connection_count = connections;
      }
    } catch (const Error& error) {
      trial.database_error = error.message;
    }
  } else {
    trial.database_error = "The database is not opened before the set-up is complete.";
  }
  trial.google_oauth_ok = report_.google_oauth_configured;
  if (!trial.google_oauth_ok) {
    trial.google_oauth_error =
        "No Google client is configured: set GMAIL_MCP_GOOGLE_CLIENT_ID and "
        "GMAIL_MCP_GOOGLE_CLIENT_SECRET.";
  }
  if (!settings().google.client_id.empty()) trial.test_auth_url = test_url(settings());
  if (!verbose) co_return trial;
  trial.database_type = report_.database_type;
  trial.google_redirect_uri = settings().effective_redirect_uris().front();
  trial.google_scopes = settings().google.scopes;
  co_return trial;
}

Task<setup::Migrations> Program::migrate() {
  if (!store_) {
    if (auto missing = setup::incomplete(report_)) throw Error{std::move(*missing)};
    throw Error{Errc::misconfigured, "The database is not open."};
  }
  auto plan = co_await store_->migrate();
  setup::Migrations done;
  done.already_applied = std::move(plan.applied);
  done.run = std::move(plan.pending);
  co_return done;
}

setup::WrittenConfig Program::write_config(const setup::NewConfig& wanted) {
  if (loaded_.new_config_path.empty()) {
    throw Error{Errc::misconfigured, "There is no place for a configuration file.",
                "Set HOME, or name a file with GMAIL_MCP_CONFIG."};
  }
  auto given = wanted;
  // A key that is set elsewhere stays in use.
  if (report_.encryption_key_set) given.generate_encryption_key = false;
  return setup::write_config(loaded_.new_config_path, given);
}

}  // namespace gmail_mcp::app
