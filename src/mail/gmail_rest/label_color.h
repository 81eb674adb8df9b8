#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace gmail_mcp::mail {

/// Of the colours that Gmail allows for labels (LabelColor of its discovery document) the one
/// nearest to "#rrggbb". invalid_argument for what is no such colour.
Result<std::string> nearest_label_color(std::string_view color);

/// Black or white, whichever can be read on that background ("#rrggbb").
std::string text_color_on(std::string_view background);

}  // namespace gmail_mcp::mail
