#pragma once

#include <string>
#include <vector>

#include "operation/catalog.h"

/// A tool on the command line, `gmail-mcp tool`: made from its declaration.
namespace gmail_mcp::surface {

/// Every tool with its title, by toolset.
std::string list_of_tools(const operation::Catalog& catalog);

/// When to use it, and its arguments.
std::string help_of_tool(const operation::Operation& tool);

/// `--name value` pairs, or one JSON object, as tool arguments. Throws invalid_argument.
boost::json::object tool_arguments(const operation::Operation& tool,
                                   const std::vector<std::string>& given);

}  // namespace gmail_mcp::surface
