#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/error.h"
#include "http/message.h"
#include "mcp/jsonrpc.h"

namespace gmail_mcp::mcp {

/// An argument of a tool that a modern client repeats as an Mcp-Param-* header, so that a proxy can
/// route by it: a property with `x-mcp-header` in the tool's input schema. Pure.
struct ParamHeader {
  std::vector<std::string> path;  // through `properties`, outermost first
  std::string header;             // with its prefix
};

/// All annotations of a schema. Error{misconfigured} when one is where no client accepts it: not on
/// a string, integer or boolean reached through `properties` only; or when it is not a token, or
/// used twice.
Result<std::vector<ParamHeader>> param_headers(const json::object& input_schema);

/// What is wrong with the headers of a call, or nullopt.
std::optional<Failure> check_param_headers(const std::vector<ParamHeader>& rules,
                                           const json::object& arguments,
                                           const http::Headers& headers);

}  // namespace gmail_mcp::mcp
