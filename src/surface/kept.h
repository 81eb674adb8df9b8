#pragma once

#include <string>
#include <vector>

#include "model/connection.h"
#include "surface/web.h"

namespace gmail_mcp::surface {

/// Sentences for the person before they connect: where their mail goes, which parts of it are kept
/// here and for how long. Made from the settings.
std::vector<std::string> what_is_kept(const WebOptions& options, model::ConnectionKind kind);

}  // namespace gmail_mcp::surface
