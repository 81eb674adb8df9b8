#pragma once

#include "http/server.h"
#include "operation/catalog.h"
#include "operation/services.h"
#include "surface/caller.h"

namespace gmail_mcp::surface {

/// `POST /tools/{name}`, `/accounts…`, `GET /tools`, `GET /openapi.json`, `/health*` and the front
/// page. The arguments must outlive the router.
void add_rest_routes(http::Router& router, const operation::Catalog& catalog,
                     const operation::Services& services, const DoorRules& rules,
                     const std::string& public_url);

}  // namespace gmail_mcp::surface
