#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "app/verb.h"

namespace gmail_mcp::app {

/// Judges the settings, and whether they fit the existing database. Changes nothing. Returns the
/// exit status.
int validate(const Words& words);

/// The number of connections by state: "3 working, 1 failing".
std::string count_in_words(const std::map<std::string, std::int64_t>& states);

}  // namespace gmail_mcp::app
