#include "tools/catalog.h"

namespace gmail_mcp::tools {
namespace {

using operation::Call;

struct Args {
  static auto fields() { return schema::Fields<Args>{}; }
};

struct Output {
  bool ready = false;
  bool config_found = false;
  std::optional<std::string> config_path;
  bool database_connected = false;
  std::string database_type;
  bool google_oauth_configured = false;
  bool encryption_key_set = false;
  bool oauth_ready = false;
  bool app_password_ready = false;
  std::vector<std::string> issues, warnings;

  static auto fields() {
    using schema::field;
    return schema::Fields{field("ready", &Output::ready),
                          field("config_found", &Output::config_found),
                          field("config_path", &Output::config_path),
                          field("database_connected", &Output::database_connected),
                          field("database_type", &Output::database_type),
                          field("google_oauth_configured", &Output::google_oauth_configured),
                          field("encryption_key_set", &Output::encryption_key_set),
                          field("oauth_ready", &Output::oauth_ready),
                          field("app_password_ready", &Output::app_password_ready),
                          field("issues", &Output::issues),
                          field("warnings", &Output::warnings)};
  }
};

Task<Output> run(Call& call, Args /*args*/) {
  auto report = co_await call.setup().report();
  Output out;
  out.ready = report.ready;
  out.config_found = report.config_found;
  out.config_path = std::move(report.config_path);
  out.database_connected = report.database_connected;
  out.database_type = std::move(report.database_type);
  out.google_oauth_configured = report.google_oauth_configured;
  out.encryption_key_set = report.encryption_key_set;
  out.oauth_ready = report.oauth_ready;
  out.app_password_ready = report.app_password_ready;
  out.issues = std::move(report.issues);
  out.warnings = std::move(report.warnings);
  co_return out;
}

}  // namespace

operation::Operation gmail_check_setup() {
  return operation::operation<Args, Output>(
      {
          .name = "gmail_check_setup",
          .title = "Check the set-up",
          .description = "Says whether this server is ready and what is missing, one remedy per "
                         "issue. Use it first when other tools answer `misconfigured`. Changes "
                         "nothing.",
          .toolset = operation::Toolset::setup,
          .effect = operation::Effect::reads,
          .idempotent = true,
          .open_world = false,
      },
      run);
}

}  // namespace gmail_mcp::tools
