#pragma once

#include <string>

namespace gmail_mcp::operation {

/// Every setting as commented YAML that could be a configuration file: its meaning, its environment
/// names, its default. Made from the one settings struct.
std::string config_schema();

}  // namespace gmail_mcp::operation
