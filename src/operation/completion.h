#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "operation/operation.h"

namespace gmail_mcp::operation {

/// Suggests values for an argument, as far as the caller may know them: `info` decides who may ask,
/// as for a tool. `connection` is the chosen connection_id, or "".
struct Completion {
  Info info;
  std::function<Task<std::vector<std::string>>(Call&, std::string connection)> values;
};

/// By the argument's name, in a prompt or in the URI of a resource; nullptr: nothing to offer.
const Completion* completion_of(std::string_view argument);

}  // namespace gmail_mcp::operation
