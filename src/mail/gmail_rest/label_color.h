#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace gmail_mcp::mail {

/// The nearest to "#rrggbb" of the colours that Gmail allows for labels (LabelColor in its
/// discovery document). invalid_argument for anything else.
Result<std::string> nearest_label_color(std::string_view color);

/// Black or white, whichever is readable on that background ("#rrggbb").
std::string text_color_on(std::string_view background);

}  // namespace gmail_mcp::mail
