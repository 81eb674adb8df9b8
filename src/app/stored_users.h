#pragma once

#include <string>
#include <vector>

#include "setup/settings.h"

namespace gmail_mcp::app {

/// A warning for each stored user whose id no door would take today: it goes on working, but may be
/// mistaken for another. Only looks; what cannot be read has none.
std::vector<std::string> warnings_of_stored_users(const setup::Settings& settings);

}  // namespace gmail_mcp::app
