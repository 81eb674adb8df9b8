#include "operation/config_schema.h"

#include "resources/catalog.h"

namespace gmail_mcp::resources {
namespace {

Task<std::string> read(operation::Call& /*call*/, operation::UriParameters /*parameters*/) {
  co_return operation::config_schema();
}

}  // namespace

operation::Resource config_schema() {
  operation::Resource made;
  made.uri = "config://schema";
  made.info = {
      .name = "config_schema",
      .title = "All settings",
      .description = "Every setting with its meaning, default and environment names",
      .toolset = operation::Toolset::setup,
      .effect = operation::Effect::reads,
      .idempotent = true,
      .open_world = false,
  };
  made.mime_type = "text/yaml";
  made.read = read;
  return made;
}

}  // namespace gmail_mcp::resources
