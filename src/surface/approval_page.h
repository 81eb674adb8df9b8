#pragma once

#include "surface/flow_page.h"

namespace gmail_mcp::surface {

/// `/approve/{link}`: the page on which a person decides about a message that waits for approval
/// (operation/approvals.h). Whoever has the link may decide. A GET consumes nothing; a decision is
/// a POST that needs the cookie set by the GET and the digest of what was shown.
void add_approval_routes(http::Router& router, PageContext context);

}  // namespace gmail_mcp::surface
