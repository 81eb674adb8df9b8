#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace gmail_mcp::setup {

/// The known name that `name` was probably meant to be, at most two letters different. Empty: none.
std::string meant_by(std::string_view name, const std::vector<std::string>& known);

}  // namespace gmail_mcp::setup
