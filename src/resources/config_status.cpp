#include <boost/json/value_from.hpp>

#include "resources/catalog.h"

namespace gmail_mcp::resources::config_status {
namespace {

using operation::Call;

namespace json = boost::json;

Task<json::object> read(Call& call, operation::UriParameters /*parameters*/) {
  const auto report = co_await call.setup().report();
  const json::object database{{"type", report.database_type},
                              {"connected", report.database_connected}};
  const json::object server{{"running", true},
                            {"transport", call.origin().is_local ? "stdio" : "http"}};
  json::object status{{"configured", report.ready},
                      {"config_path", json::value_from(report.config_path)},
                      {"database", database},
                      {"google_oauth", {{"configured", report.google_oauth_configured}}},
                      {"encryption", {{"key_set", report.encryption_key_set}}},
                      {"server", server},
                      {"issues", json::value_from(report.issues)},
                      {"warnings", json::value_from(report.warnings)}};
  if (const auto& issuer = report.token_issuer) {
    status["token_issuer"] = {{"issuer", issuer->issuer},
                              {"keys", issuer->keys},
                              {"problem", json::value_from(issuer->problem)}};
  }
  co_return status;
}

}  // namespace

operation::Resource resource() {
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

}  // namespace gmail_mcp::resources::config_status
