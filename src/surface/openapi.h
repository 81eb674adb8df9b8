#pragma once

#include <string>

#include "operation/catalog.h"

namespace gmail_mcp::surface {

/// The OpenAPI 3.1 document of `POST /tools/*` and `/accounts…`, as JSON text.
std::string openapi_document(const operation::Catalog& catalog, const std::string& public_url);

}  // namespace gmail_mcp::surface
