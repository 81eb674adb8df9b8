#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct Status {
  bool configured = false;
  std::optional<std::string> config_path;
  std::string database_type;
  bool database_connected = false;
  bool google_oauth_configured = false;
  bool encryption_key_set = false;
  std::vector<std::string> issues, warnings;

  static auto fields() {
    using schema::field;
    return std::tuple{field("configured", &Status::configured),
                      field("config_path", &Status::config_path),
                      field("database_type", &Status::database_type),
                      field("database_connected", &Status::database_connected),
                      field("google_oauth_configured", &Status::google_oauth_configured),
                      field("encryption_key_set", &Status::encryption_key_set),
                      field("issues", &Status::issues),
                      field("warnings", &Status::warnings)};
  }
};

Task<std::string> read(Call& call, operation::UriParameters /*parameters*/) {
  auto report = co_await call.setup_report();
  Status status;
  status.configured = report.ready;
  status.config_path = std::move(report.config_path);
  status.database_type = std::move(report.database_type);
  status.database_connected = report.database_connected;
  status.google_oauth_configured = report.google_oauth_configured;
  status.encryption_key_set = report.encryption_key_set;
  status.issues = std::move(report.issues);
  status.warnings = std::move(report.warnings);
  co_return schema::to_json_text(status);
}

}  // namespace

operation::Resource config_status() {
  operation::Resource made;
  made.uri = "config://status";
  made.info = {
      .name = "config_status",
      .title = "Set-up status",
      .description = "Whether this server is ready, and what is missing",
      .toolset = operation::Toolset::setup,
      .effect = operation::Effect::reads,
      .idempotent = true,
      .open_world = false,
  };
  made.mime_type = "application/json";
  made.read = read;
  return made;
}

}  // namespace gmail_mcp::resources
