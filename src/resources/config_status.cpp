#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

using operation::Call;

struct Database {
  std::string type;
  bool connected = false;

  static auto fields() {
    return schema::Fields{schema::field("type", &Database::type),
                          schema::field("connected", &Database::connected)};
  }
};

struct GoogleOAuth {
  bool configured = false;

  static auto fields() {
    return schema::Fields{schema::field("configured", &GoogleOAuth::configured)};
  }
};

struct Encryption {
  bool key_set = false;

  static auto fields() { return schema::Fields{schema::field("key_set", &Encryption::key_set)}; }
};

struct Server {
  bool running = true;
  std::string transport;

  static auto fields() {
    return schema::Fields{schema::field("running", &Server::running),
                          schema::field("transport", &Server::transport)};
  }
};

struct Status {
  bool configured = false;
  std::optional<std::string> config_path;
  Database database;
  GoogleOAuth google_oauth;
  Encryption encryption;
  Server server;
  std::vector<std::string> issues, warnings;

  static auto fields() {
    using schema::field;
    return schema::Fields{
        field("configured", &Status::configured), field("config_path", &Status::config_path),
        field("database", &Status::database),     field("google_oauth", &Status::google_oauth),
        field("encryption", &Status::encryption), field("server", &Status::server),
        field("issues", &Status::issues),         field("warnings", &Status::warnings)};
  }
};

Task<Status> read(Call& call, operation::UriParameters /*parameters*/) {
  auto report = co_await call.setup().report();
  Status status;
  status.configured = report.ready;
  status.config_path = std::move(report.config_path);
  status.database.type = std::move(report.database_type);
  status.database.connected = report.database_connected;
  status.google_oauth.configured = report.google_oauth_configured;
  status.encryption.key_set = report.encryption_key_set;
  status.server.transport = call.origin().is_local ? "stdio" : "http";
  status.issues = std::move(report.issues);
  status.warnings = std::move(report.warnings);
  co_return status;
}

}  // namespace

operation::Resource config_status() {
  return operation::resource("config://status",
                             {
                                 .name = "config_status",
                                 .title = "Set-up status",
                                 .description = "Whether this server is ready, and what is missing",
                                 .toolset = operation::Toolset::setup,
                                 .open_world = false,
                             },
                             read);
}

}  // namespace gmail_mcp::resources
