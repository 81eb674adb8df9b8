#pragma once

#include <string>

#include "base/task.h"
#include "model/connection.h"
#include "model/flow.h"
#include "operation/services.h"

namespace gmail_mcp::operation {

/// A connection is there anew: nobody uses what was opened before, what was archived under another
/// kind is gone, and who follows mailboxes begins.
Task<void> welcome(const Services& services, model::Connection connection);

/// The person on our pages finishes connecting: `finish` is carried out, its end welcomed, and its
/// outcome written into the audit under the name `operation`.
Task<model::FlowEnd> finish_on_page(const Services& services, std::string operation,
                                    Task<model::FlowEnd> finish);

}  // namespace gmail_mcp::operation
