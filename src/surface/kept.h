#pragma once

#include <string>
#include <vector>

#include "model/connection.h"
#include "surface/web.h"

namespace gmail_mcp::surface {

/// What the person is told before they connect: where their mail goes, what of it is kept here and
/// for how long. Plain sentences, made from the settings.
std::vector<std::string> what_is_kept(const WebOptions& options, model::ConnectionKind kind);

}  // namespace gmail_mcp::surface
