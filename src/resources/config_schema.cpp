#include "operation/config_schema.h"

#include "resources/catalog.h"

namespace gmail_mcp::resources::config_schema {

operation::Resource resource() {
  return operation::document(
      "config://schema",
      {
          .name = "config_schema",
          .title = "All settings",
          .description = "Every setting with its meaning, default and environment names",
      },
      "text/yaml", operation::config_schema());
}

}  // namespace gmail_mcp::resources::config_schema
