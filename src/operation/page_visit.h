#pragma once

#include <functional>
#include <string_view>

#include "base/task.h"
#include "model/flow.h"
#include "operation/call.h"

namespace gmail_mcp::operation {

/// The person on our pages finishes connecting, on the staircase as everybody: `finish` is called
/// once, under the name `operation`, a constant. Throws its Error.
Task<model::FlowEnd> finish_on_page(const Services& services, std::string_view operation,
                                    std::function<Task<model::FlowEnd>(Call&)> finish);

}  // namespace gmail_mcp::operation
