#pragma once

#include <string>

#include "operation/catalog.h"

/// What `gmail-mcp tool --help` says: made from the declarations, as everything about tools is.
namespace gmail_mcp::surface {

/// Every tool with its title, by toolset.
std::string list_of_tools(const operation::Catalog& catalog);

/// When to use it, and its arguments.
std::string help_of_tool(const operation::Operation& tool);

}  // namespace gmail_mcp::surface
