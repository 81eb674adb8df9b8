#pragma once

#include "base/meter.h"
#include "http/server.h"
#include "operation/services.h"
#include "surface/caller.h"

namespace gmail_mcp::surface {

/// `GET /metrics`, in the text format of Prometheus, for the Operator and the Application: the
/// numbers are about all users, so a credential that is bound to one user gets forbidden. The
/// arguments must outlive the router.
void add_metrics_route(http::Router& router, const Meter& meter,
                       const operation::Services& services, const DoorRules& rules);

}  // namespace gmail_mcp::surface
