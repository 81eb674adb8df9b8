#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/task.h"
#include "operation/operation.h"

namespace gmail_mcp::operation {

/// What may be written into an argument, as far as the caller may know it: `info` says who may ask,
/// and the staircase answers as for a tool. `connection` is what was chosen as connection_id, or
/// "".
struct Completion {
  Info info;
  std::function<Task<std::vector<std::string>>(Call&, std::string connection)> values;
};

/// By the argument's name, in a prompt or in the URI of a resource; nullptr: nothing to offer.
const Completion* completion_of(std::string_view argument);

}  // namespace gmail_mcp::operation
